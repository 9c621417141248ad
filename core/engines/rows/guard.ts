import type { Session } from '../../mysql/sessions.ts';

/** How a strategy that decides in MySQL keeps claims of one event from being decided at the same time. */
export type Guard = {
  /**
   * How a claim's transaction locks the round's row. `exclusive`: this lock is the guard. `shared`: a different lock is
   * the guard, and this lock only keeps the row from changing during the decision.
   */
  rowLock: 'exclusive' | 'shared';
  /**
   * Waits for a turn, at most `waitMs`, and calls `decide`. The turn ends after the transaction of `decide` has
   * committed or rolled back. Throws `busy`, with nothing decided, if the turn did not come in time.
   */
  alone<T>(this: void, eventId: string, decide: (turn: Turn) => Promise<T>, waitMs: number): Promise<T>;
};

export type Turn = {
  session: Session;
  /** Called just before the commit. False if the lock is known to be lost and the transaction must be rolled back. */
  stillMine(this: void): boolean;
};
