import { z } from 'zod';
import { lineOrders } from '../events/event-fields.ts';
import type { SealedEntries, ServedUser } from '../engines/line/event-line.ts';
import { estimateWait, pollAfterMs } from '../engines/line/line-pace.ts';
import { seedHashOf } from '../engines/line/line-scripts.ts';
import { linePhases, type LineState } from '../engines/line/line-state.ts';
import { isoTime, isoTimeOrNull, timeOutput } from '../runtime/iso-time.ts';

const count = z.int().min(0);

/** A line as everybody sees it. Says nothing that differs from caller to caller, so that caches can share it. */
export const servingOutput = z.object({
  round: count,
  line: z.enum(lineOrders),
  phase: z.enum(linePhases),
  serving: count,
  waiting: count,
  waitingMax: count,
  remaining: count.nullable(),
  pace: z.object({ calledPerMinute: z.number().min(0), errorPercent: z.int().min(0) }).nullable(),
  lineOpensAt: timeOutput.nullable(),
  opensAt: timeOutput,
  seedHash: z.string().nullable(),
  seed: z.string().nullable(),
});

/** The seed of a shuffle is published only after its seal. */
export const showServing = (state: LineState): z.output<typeof servingOutput> => ({
  round: state.round,
  line: state.order,
  phase: state.phase,
  serving: state.serving,
  waiting: state.waiting,
  waitingMax: state.waitingMax,
  remaining: state.remaining,
  pace: state.pace,
  lineOpensAt: isoTimeOrNull(state.lineOpensAtMs),
  opensAt: isoTime(state.opensAtMs),
  seedHash: state.seed === null ? null : seedHashOf(state.seed),
  seed: state.sealedAtMs === null ? null : state.seed,
});

const placeStatuses = [
  ...(['off', 'not_open', 'shuffling', 'waiting', 'admitted', 'lapsed', 'out', 'has_coupon'] as const),
  ...(['full', 'sold_out', 'closing', 'closed'] as const),
] as const;

/** A user's own place in an event's line. */
export const ownPlaceOutput = z.object({
  status: z.enum(placeStatuses),
  round: count,
  place: z.int().min(1).nullable(),
  ahead: count.nullable(),
  entry: z.string().nullable(),
  passEndsAt: timeOutput.nullable(),
  wait: z.object({ fromMs: count, toMs: count }).nullable(),
  pollAfterMs: count,
  serverTime: timeOutput,
  line: servingOutput,
});

export function showOwnPlace({ state, place, entry }: ServedUser): z.output<typeof ownPlaceOutput> {
  const at = place.status === 'waiting' ? place.place : null;
  const ahead = at === null ? null : Math.max(0, at - state.serving - 1);
  return {
    status: place.status,
    round: state.round,
    place: at,
    ahead,
    entry,
    passEndsAt: 'passEndsAtMs' in place ? isoTime(place.passEndsAtMs) : null,
    wait: ahead === null ? null : estimateWait(ahead, state.pace),
    pollAfterMs: ahead === null ? pollWithoutPlace(state) : pollAfterMs(ahead, state.pace),
    serverTime: isoTime(state.nowMs),
    line: showServing(state),
  };
}

const pollMinMs = 2_000;
const pollMaxMs = 30_000;
/** Everybody in a shuffle gets a place at the same moment, so their pages ask spread over this time. */
const spreadMs = 5_000;

/** When to ask again before there is a place: when the line or the event opens, but from time to time before that. */
function pollWithoutPlace({ phase, opensAtMs, lineOpensAtMs, nowMs }: LineState): number {
  if (phase !== 'not_open' && phase !== 'gathering') return pollMinMs;
  const nextMs = phase === 'not_open' ? (lineOpensAtMs ?? opensAtMs) : opensAtMs;
  const untilMs = Math.max(pollMinMs, nextMs - nowMs + Math.random() * spreadMs);
  return Math.round(Math.min(pollMaxMs, untilMs));
}

/** The order in which a shuffled line was sealed, in parts. */
export const lineEntriesOutput = z.object({
  round: count,
  seedHash: z.string().nullable(),
  seed: z.string().nullable(),
  sealedAt: timeOutput.nullable(),
  entries: z.array(z.string()),
  nextAfter: z.int().nullable(),
});

export const showLineEntries = (
  { state, entries }: SealedEntries,
  { after, limit }: { after: number; limit: number },
): z.output<typeof lineEntriesOutput> => ({
  round: state.round,
  seedHash: state.seed === null ? null : seedHashOf(state.seed),
  seed: state.sealedAtMs === null ? null : state.seed,
  sealedAt: isoTimeOrNull(state.sealedAtMs),
  entries,
  nextAfter: entries.length < limit ? null : after + entries.length,
});

/** A line as admins see it. */
export const adminLineOutput = servingOutput.extend({
  joined: count,
  left: count,
  called: count,
  passesInUse: count,
  passesMax: count,
  used: count,
  lapsed: count,
  admitPerSecond: count.nullable(),
  admitPercent: count,
});

export const showAdminLine = (state: LineState): z.output<typeof adminLineOutput> => ({
  ...showServing(state),
  joined: state.joined,
  left: state.left,
  called: state.called,
  passesInUse: state.inUse,
  passesMax: Math.floor(((state.remaining ?? 0) * state.percent) / 100),
  used: state.used,
  lapsed: Math.max(0, state.called - state.used - state.inUse),
  admitPerSecond: state.perSecond,
  admitPercent: state.percent,
});
