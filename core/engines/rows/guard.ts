import type { Session } from '../../mysql/sessions.ts';

/** How a strategy that decides in MySQL keeps claims of one event from deciding at the same time. */
export type Guard = {
  /**
   * What the transaction does to the round's row when it reads it. `exclusive`: the row lock is the guard. `shared`:
   * something else is, and the row only must not change while it is decided by.
   */
  rowLock: 'exclusive' | 'shared';
  /**
   * Waits for its turn, at most `waitMs`, then calls `decide` with a connection, and ends the turn only after `decide`
   * has ended, with its transaction committed or rolled back. Throws `busy` when the turn did not come in time: nothing
   * was decided.
   */
  alone<T>(this: void, eventId: string, decide: (turn: Turn) => Promise<T>, waitMs: number): Promise<T>;
};

export type Turn = {
  session: Session;
  /** Asked just before the commit: false when the lock is known to be lost, so that the transaction must be rolled back. */
  stillMine(this: void): boolean;
};
