import type { EventRow } from '../events/event-rows.ts';
/**
 * The progress of a walk over a round's rows: the serial it has reached, how many rows it has read, and how many of
 * those match a winner in Redis.
 */
export type WinnerWalk = { afterSerial: number; rows: number; matched: number };

/** What a process remembers about finished rounds from one sweep to the next, by `<event>/<round>`. */
export type RoundMemory = Map<string, RoundNotes>;

export type RoundNotes = {
  /**
   * Why the round could not be verified, the state of the stores at that time, and until when it is not checked again.
   */
  kept?: { why: string; state: string; untilMs: number };
  /** How far the comparison of the round has come, and the state of the stores to which it applies. */
  walk?: { state: string; at: WinnerWalk };
  /** What was last logged about the round's retirement. */
  logged?: string;
};

/**
 * When a check of a finished round has to stop, and what it can continue from. With `memory`, a comparison that takes
 * longer than `walkSliceMs` (1 s) continues at the next check, so that the other rounds get their turn.
 */
export type FinishOptions = {
  signal?: AbortSignal | undefined;
  memory?: RoundMemory | undefined;
  walkSliceMs?: number | undefined;
};

/**
 * `verified`: MySQL has every one of these winners exactly as Redis has it. `later`: something is still on its way, or
 * the comparison continues at the next check. `kept`: Redis has a claim that MySQL lacks, and an operator has to
 * decide.
 */
export type Verdict = { kind: 'verified'; winners: number } | { kind: 'later' } | { kind: 'kept' };

/** A round's notes in a process's memory. Without a memory, the notes are not kept. */
export function notesOf(memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): RoundNotes {
  const id = `${eventId}/${roundRow.round}`;
  const notes = memory?.get(id) ?? {};
  memory?.set(id, notes);
  return notes;
}

/** Drops the notes of a round that no longer needs them. */
export const forgetNotes = (memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): void =>
  void memory?.delete(`${eventId}/${roundRow.round}`);
