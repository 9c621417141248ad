import type { EventRow } from '../events/event-rows.ts';
/**
 * How far a walk over a round's rows has come: the last serial, how many rows were read, and how many of them match a
 * winner in Redis.
 */
export type WinnerWalk = { afterSerial: number; rows: number; matched: number };

/** What a process remembers about finished rounds between sweeps, by `<event>/<round>`. */
export type RoundMemory = Map<string, RoundNotes>;

export type RoundNotes = {
  /**
   * Why the round could not be verified, what state the stores were in, and how long a round in that state is not
   * checked again.
   */
  kept?: { why: string; state: string; untilMs: number };
  /** An unfinished comparison, and the state of the stores to which it applies. */
  walk?: { state: string; at: WinnerWalk };
  /** The last log line about the round's retirement. */
  logged?: string;
};

/**
 * `signal` stops a check. With `memory`, a comparison that takes longer than `walkSliceMs` (1 s) stops, and continues
 * at the next check, so that other rounds get their turn.
 */
export type FinishOptions = {
  signal?: AbortSignal | undefined;
  memory?: RoundMemory | undefined;
  walkSliceMs?: number | undefined;
};

/**
 * `verified`: MySQL has every winner exactly as Redis has it. `later`: claims are still on their way to MySQL, or the
 * comparison continues at the next check. `kept`: Redis has a claim that MySQL lacks, so the round stays in Redis until
 * an operator decides.
 */
export type Verdict = { kind: 'verified'; winners: number } | { kind: 'later' } | { kind: 'kept' };

/** A round's notes. Without `memory`, the notes last for one check only. */
export function notesOf(memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): RoundNotes {
  const id = `${eventId}/${roundRow.round}`;
  const notes = memory?.get(id) ?? {};
  memory?.set(id, notes);
  return notes;
}

/** Drops the notes of a round that no longer needs them. */
export const forgetNotes = (memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): void =>
  void memory?.delete(`${eventId}/${roundRow.round}`);
