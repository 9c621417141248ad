import { setTimeout as delay } from 'node:timers/promises';
import { eventPhase } from '../../core/events/phase.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import type { ApiClient } from '../api-client.ts';

/** The state of an event at one moment. */
export type EventSnapshot = {
  /** The event in the last answer. */
  event: AdminEventView;
  /** The current time by the clock that decides claims. */
  nowMs: number;
  /** The rate between the last two answers; null after a single answer, or if the last call got none. */
  claimsPerSecond: number | null;
  /** When the last answer came, and why there has been none since. Null if the last call was answered. */
  silence: { sinceMs: number; reason: string } | null;
};

export type WatchOptions = {
  intervalMs: number;
  /** How long to watch; undefined means until the event is over. */
  forMs: number | undefined;
  /** Ends the watch at once. */
  leaving: AbortSignal;
};

/** The longest delay that a timer accepts; with more it fires at once. */
const timerMaxMs = 2 ** 31 - 1;

/** How long to wait for an answer before showing that there is none. */
const answerMs = 3_000;

/**
 * Yields snapshots of an event, even while a store or the API is down. Ends when nothing more can change: the event is
 * closed or sold out, and all its claims are in MySQL. Throws if the first look fails, or if a later one fails with an
 * error that waiting won't fix.
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

/** Resolves to the answer, or to a fault that may pass. */
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
