import type { ClaimFindingKind, ClaimsPiece } from '../../core/compare/compare-claims.ts';
import type { Answer } from './answer.ts';

/** A sale as its clients, Redis and MySQL recorded it. */
export type Sale = {
  /** If MySQL decided the sale, Redis has no data about it, and only the clients' answers and MySQL are compared. */
  decidedBy: 'redis' | 'mysql';
  round: number;
  stock: number;
  opensAtMs: number;
  /** The gate's counter minus the reserved serials. If MySQL decided, the highest serial instead. */
  issued: number;
  /** Serials that were returned and that nobody has now. */
  returned: ReadonlySet<number>;
  /** Serials that an operator has reserved and that nobody has now. */
  reserved: ReadonlySet<number>;
  /** Serials that were returned and given out again. Only their claims may be newer than claims with higher serials. */
  regiven: ReadonlySet<number>;
  /** How far the clients' estimate of the server's time may be off, in either direction. */
  clockErrorMs: number;
  answers: Answer[];
  claims: ClaimsPiece;
};

/** The evidence against each promise. */
export type SaleFindingKind =
  | ClaimFindingKind
  /** Promise 1: fewer claims than the stock, although enough users asked. */
  | 'too_few'
  /** Promise 1: a user who did not claim has a claim. */
  | 'not_asked'
  /** Promise 1: two users got the same serial or code. */
  | 'told_twice'
  /** Promise 2: a claim was answered "issued", but MySQL lacks it or has different values. */
  | 'told_not_stored'
  | 'told_otherwise'
  /** Promise 2: a user's answers differ, or several of them say that they are the first answer. */
  | 'replay_differs'
  /** Promise 3: see `findUntimely`. */
  | 'claimed_before_opening'
  | 'answered_before_opening'
  | 'refused_after_opening'
  | 'wrong_opening_told'
  | 'opened_late'
  /** Promise 4: see `findUnfairness`. */
  | 'order_of_time'
  | 'order_of_arrival'
  | 'won_after_sold_out'
  | 'won_and_lost';
