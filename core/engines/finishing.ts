import type { EventRow } from '../events/event-rows.ts';
/** A walk over a round's rows: up to which serial it has come, how many rows it read, and how many have their winner. */
export type WinnerWalk = { afterSerial: number; rows: number; matched: number };

/** What a process remembers about finished rounds from one sweep to the next, by `<event>/<round>`. */
export type RoundMemory = Map<string, RoundNotes>;

export type RoundNotes = {
  /** Why the round could not be verified, in which state of the stores, and until when nobody looks again. */
  kept?: { why: string; state: string; untilMs: number };
  /** How far its comparison has come, and in which state of the stores. */
  walk?: { state: string; at: WinnerWalk };
  /** What was last logged of its retirement. */
  logged?: string;
};

/**
 * When a look at a finished round has to stop, and what it may go on from: with a memory a comparison that takes longer
 * than `walkSliceMs` (1 s) is left to the next look, so that the other rounds have their turn.
 */
export type FinishOptions = {
  signal?: AbortSignal | undefined;
  memory?: RoundMemory | undefined;
  walkSliceMs?: number | undefined;
};

/**
 * `verified`: MySQL has every one of these winners as Redis does. `later`: something is on its way, or the comparison
 * continues at the next look. `kept`: MySQL does not have a claim that Redis has, and an operator has to decide.
 */
export type Verdict = { kind: 'verified'; winners: number } | { kind: 'later' } | { kind: 'kept' };

/** The notes of a round in a process's memory; notes that nobody keeps where there is no memory. */
export function notesOf(memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): RoundNotes {
  const id = `${eventId}/${roundRow.round}`;
  const notes = memory?.get(id) ?? {};
  memory?.set(id, notes);
  return notes;
}

/** Drops the notes of a round that no longer needs them. */
export const forgetNotes = (memory: RoundMemory | undefined, { eventId, roundRow }: EventRow): void =>
  void memory?.delete(`${eventId}/${roundRow.round}`);
