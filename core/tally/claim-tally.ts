import type { ClaimOutcome } from '../claims/claim.ts';
import { addDuration, noDurations, sumDurations, type Durations } from './durations.ts';

/** How a call for a claim of an event may end. Calls for events that do not exist are nobody's. */
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

/** More events than a process serves at once; those that come when it is full are not counted until it was emptied. */
const eventsMax = 10_000;

/** What a process has answered since the last `take`, by event. One lookup and some additions a claim. */
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

  /** Everything that was counted, which is the caller's from then on. */
  take(): Map<string, EventTally> {
    const taken = this.#events;
    this.#events = new Map();
    return taken;
  }

  /** Puts back what could not be kept. */
  putBack(eventId: string, tally: EventTally): void {
    const event = this.#events.get(eventId) ?? (new Map() as EventTally);
    this.#events.set(eventId, event);
    for (const [outcome, durations] of tally) {
      event.set(outcome, sumDurations(event.get(outcome) ?? noDurations(), durations));
    }
  }
}
