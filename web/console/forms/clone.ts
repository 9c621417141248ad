import type { AdminEvent } from '../shell/session.ts';
import { instantOf } from '../parts/zoned-time.ts';
import { draftOf, type Draft } from './draft.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/**
 * Creates a draft of a new event from an existing one. Moves all times by the same number of whole weeks, so that the
 * copy opens in the future, on the same weekday and at the same local time.
 */
export function cloneOf(event: AdminEvent, nowMs: number): { draft: Draft; weeks: number } {
  const draft = draftOf(event);
  const opens = Date.parse(event.opensAt);
  const weeks = opens > nowMs ? 0 : Math.floor((nowMs - opens) / weekMs) + 1;
  const later = (local: string): string => shifted(local, weeks * weekMs);
  const moved = {
    ...draft,
    opensAt: later(draft.opensAt),
    closesAt: later(draft.closesAt),
    validUntil: later(draft.validUntil),
  };
  // A change to or from summer time may have moved the opening into the past, so check its instant again.
  const at = instantOf(moved.opensAt, moved.timeZone);
  return typeof at === 'number' && at <= nowMs
    ? {
        draft: { ...moved, opensAt: shifted(moved.opensAt, weekMs), closesAt: shifted(moved.closesAt, weekMs) },
        weeks: weeks + 1,
      }
    : { draft: moved, weeks };
}

/** Moves a local time by `ms`. */
const shifted = (local: string, ms: number): string =>
  local === '' ? '' : new Date(Date.parse(`${local}Z`) + ms).toISOString().slice(0, 19);
