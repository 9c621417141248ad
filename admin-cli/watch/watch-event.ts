import { setTimeout as delay } from 'node:timers/promises';
import { eventPhase } from '../../core/events/phase.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import type { ApiClient } from '../api-client.ts';

export type EventSnapshot = {
  /** The event, by the last answer. */
  event: AdminEventView;
  /** The current time by the clock that decides claims. */
  nowMs: number;
  /** The rate between the last two answers. Null after the first answer, or if the last call failed. */
  claimsPerSecond: number | null;
  /** The time of the last answer, and the reason why later calls failed. Null if the last call succeeded. */
  silence: { sinceMs: number; reason: string } | null;
};

export type WatchOptions = {
  intervalMs: number;
  /** How long to watch. If undefined, until the event is over. */
  forMs: number | undefined;
  /** Ends the watch at once. */
  leaving: AbortSignal;
};

/** The longest delay of a timer. A timer with a longer delay fires at once. */
const timerMaxMs = 2 ** 31 - 1;

/** After this time without an answer, the display says that there is none. */
const answerMs = 3_000;

/**
 * Yields snapshots of an event, even while a store or the API is down. Ends when the event is closed or sold out and
 * all its claims are in MySQL. Throws if the first call fails. Also throws if a later call fails with an error that
 * waiting won't fix.
 */
export async function* watchEvent(
  { admin, clock }: Pick<ApiClient, 'admin' | 'clock'>,
  eventId: string,
  { intervalMs, forMs = Infinity, leaving }: WatchOptions,
): AsyncGenerator<EventSnapshot, void, void> {
  const endsAtMs = performance.now() + forMs;
  let snapshot: EventSnapshot | undefined;
  let answeredAtMs = 0;
  for (;;) {
    const askedAtMs = performance.now();
    const answer = await answerOf(admin.get(eventId), leaving);
    if (leaving.aborted) return;
    const nowMs = clock.nowMs();
    if (answer instanceof Fault) {
      if (snapshot === undefined) throw answer;
      const { sinceMs } = snapshot.silence ?? { sinceMs: snapshot.nowMs };
      snapshot = { ...snapshot, nowMs, claimsPerSecond: null, silence: { sinceMs, reason: answer.message } };
    } else {
      const spanMs = askedAtMs - answeredAtMs;
      snapshot = { event: answer, nowMs, claimsPerSecond: rate(snapshot, answer, spanMs), silence: null };
      answeredAtMs = askedAtMs;
    }
    yield snapshot;
    if (isOver(snapshot) || performance.now() >= endsAtMs) return;
    const nextAtMs = Math.min(askedAtMs + intervalMs, endsAtMs);
    await delay(Math.min(Math.max(0, nextAtMs - performance.now()), timerMaxMs), undefined, { signal: leaving }).catch(
      () => undefined,
    );
    if (leaving.aborted) return;
  }
}

/** Resolves to the answer, or to a fault that waiting may fix. */
async function answerOf(asked: Promise<AdminEventView>, leaving: AbortSignal): Promise<AdminEventView | Fault> {
  const waited = new AbortController();
  const signal = AbortSignal.any([leaving, waited.signal]);
  const late = new Fault('unavailable', `There was no answer within ${answerMs / 1_000} s.`);
  try {
    return await Promise.race([asked, delay(answerMs, late, { signal }).catch(() => late)]);
  } catch (error) {
    if (error instanceof Fault && mayPass(error)) return error;
    throw error;
  } finally {
    waited.abort();
  }
}

function mayPass({ code }: Fault): boolean {
  switch (code) {
    case 'busy':
    case 'unavailable':
    case 'gate_lost':
    case 'overloaded':
      return true;
    case 'not_found':
    case 'bad_request':
    case 'forbidden':
    case 'conflict':
      return false;
  }
}

function rate(before: EventSnapshot | undefined, { round, issued }: AdminEventView, spanMs: number): number | null {
  if (before === undefined || before.event.round !== round || spanMs <= 0) return null;
  return (Math.max(0, issued - before.event.issued) * 1_000) / spanMs;
}

/** Whether the event is over and all its claims are in MySQL. */
export function isOver({ event, nowMs, silence }: EventSnapshot): boolean {
  const phase = eventPhase(event, nowMs);
  return silence === null && (phase === 'closed' || phase === 'sold_out') && event.outbox === 0;
}
