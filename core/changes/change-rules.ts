import { z } from 'zod';
import { fieldIssues } from '../events/bad-fields.ts';
import { limits } from '../events/event.ts';
import * as field from '../events/fields.ts';
import { say } from '../messages/message.ts';
import type { FaultIssue } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';

/** Each of these functions returns the issues of some fields, so that callers can report all issues together. */

/** An issue if `asked` is a currency that no new event may have. An old event may keep such a currency. */
export function currencyIssues(asked: string | undefined, held: string): FaultIssue[] {
  if (asked === undefined || asked === held) return [];
  return fieldIssues(z.object({ currency: field.infoChecks.currency }), { currency: asked });
}

/** An issue if `opensAtMs` is further in the past than clocks and networks explain. */
export function openingIssues(opensAtMs: number, nowMs: number): FaultIssue[] {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return [];
  return [{ path: ['opensAt'], ...say('time_past', { now: isoTime(nowMs) }) }];
}

/** An issue if the event would close before it opens. */
export function windowIssues(opensAtMs: number, closesAtMs: number | null): FaultIssue[] {
  if (closesAtMs === null || closesAtMs > opensAtMs) return [];
  return [{ path: ['closesAt'], ...say('time_after', { field: 'opensAt' }) }];
}

/** The limit on each user's tries. A field that is absent stays as it is. */
type TriesAsked = { triesMax?: number | null | undefined; triesWindowMs?: number | null | undefined };

/** An issue if a change leaves an event with only one half of the limit. */
export function triesIssues(
  asked: TriesAsked,
  before: { triesMax: number | null; triesWindowMs: number | null },
): FaultIssue[] {
  const { triesMax = before.triesMax, triesWindowMs = before.triesWindowMs } = asked;
  if ((triesMax === null) === (triesWindowMs === null)) return [];
  return triesMax === null
    ? [{ path: ['triesMax'], ...say('needed_with', { field: 'triesWindowMs' }) }]
    : [{ path: ['triesWindowMs'], ...say('needed_with', { field: 'triesMax' }) }];
}

/** The times that a request sets for an event. A time that is absent stays as it is. */
type TimesAsked = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  validUntilMs?: number | null | undefined;
};

/**
 * An issue if the coupons would expire before anybody can claim one. Checked only if the request sets one of the times,
 * so that an older event with such times still accepts every other change.
 */
export function earlyEndIssues(
  asked: TimesAsked,
  before: { opensAtMs: number; closesAtMs: number | null; validUntilMs: number | null },
): FaultIssue[] {
  const { opensAtMs = before.opensAtMs, closesAtMs = before.closesAtMs, validUntilMs = before.validUntilMs } = asked;
  const isAsked = [asked.opensAtMs, asked.closesAtMs, asked.validUntilMs].some((time) => time !== undefined);
  if (validUntilMs === null || !isAsked) return [];
  const [last, name] = closesAtMs === null ? [opensAtMs, 'opensAt'] : [closesAtMs, 'closesAt'];
  if (validUntilMs > last) return [];
  const rule =
    asked.validUntilMs === undefined
      ? say('held_time_after', { field: name, held: isoTime(validUntilMs) })
      : say('time_after', { field: name });
  return [{ path: ['validUntil'], ...rule }];
}
