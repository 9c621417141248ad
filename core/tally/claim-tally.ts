import type { ClaimOutcome } from '../claims/claim.ts';
import { addDuration, noDurations, sumDurations, type Durations } from './durations.ts';

/** The ways in which a call to claim a coupon from an event may end. Calls for unknown events are not counted. */
export const tallyOutcomes = [
  'issued',
  'replayed',
  'sold_out',
  'not_open',
  'paused',
  'closed',
  'busy',
  'unavailable',
  'gate_lost',
  'overloaded',
  'error',
] as const;
export type TallyOutcome = (typeof tallyOutcomes)[number];

export const tallyOutcomeOf = (outcome: ClaimOutcome): TallyOutcome =>
  outcome.status === 'issued' && outcome.replayed ? 'replayed' : outcome.status;

type EventTally = Map<TallyOutcome, Durations>;

/**
 * More events than a process serves at once. If the tally has this many events, further events are not counted until
 * `take` empties it.
 */
const eventsMax = 10_000;

/** A process's answers since the last `take`, by event. Counting costs one look-up and a few additions per claim. */
export class ClaimTally {
  #events = new Map<string, EventTally>();

  count(eventId: string, outcome: TallyOutcome, durationMs: number): void {
    let event = this.#events.get(eventId);
    if (event === undefined) {
      if (this.#events.size >= eventsMax) return;
      event = new Map();
      this.#events.set(eventId, event);
    }
    let durations = event.get(outcome);
    if (durations === undefined) {
      durations = noDurations();
      event.set(outcome, durations);
    }
    addDuration(durations, durationMs);
  }

  /** Returns everything that was counted and starts again at zero. */
  take(): Map<string, EventTally> {
    const taken = this.#events;
    this.#events = new Map();
    return taken;
  }

  /** Adds back counts that could not be stored. */
  putBack(eventId: string, tally: EventTally): void {
    const event = this.#events.get(eventId) ?? (new Map() as EventTally);
    this.#events.set(eventId, event);
    for (const [outcome, durations] of tally) {
      event.set(outcome, sumDurations(event.get(outcome) ?? noDurations(), durations));
    }
  }
}
