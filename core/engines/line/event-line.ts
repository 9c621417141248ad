import type { Elsewhere } from '../elsewhere.ts';
import type { LineState, Place } from './line-state.ts';

/** A user's place, with the line as it was then. `entry` is the user's name in the order of a shuffle. */
export type ServedUser = { state: LineState; place: Place; entry: string | null };

/** A part of the order of a shuffled line, as it was sealed. */
export type SealedEntries = { state: LineState; entries: string[] };

/** The waiting lines of the events of a strategy. Each method throws a `Fault` if Redis can't answer. */
export type EventLine = {
  /** Lets a user join, leave or look. Repeating a call is safe. */
  serve(eventId: string, call: 'join' | 'leave' | 'look', userId: string): Promise<ServedUser | Elsewhere>;
  /** Calls whoever is next. `more`: there may be more to call at once. */
  advance(eventId: string): Promise<{ state: LineState; more: boolean } | Elsewhere>;
  /** At most `limit` entries after the first `after`; none before the line is sealed. */
  entries(eventId: string, after: number, limit: number): Promise<SealedEntries | Elsewhere>;
};
