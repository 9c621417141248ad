import type { ClaimFindingKind, ClaimsPiece } from '../../core/compare/compare-claims.ts';
import type { Answer } from './answer.ts';

/** A sale as its clients, Redis and MySQL know it. */
export type Sale = {
  /** Which store decided it. Where MySQL did, Redis holds nothing of it, and its clients and MySQL are compared. */
  decidedBy: 'redis' | 'mysql';
  round: number;
  stock: number;
  opensAtMs: number;
  /** The gate's counter less what is reserved; where MySQL decided, the highest serial. */
  issued: number;
  /** Serials that came back and that nobody has now. */
  returned: ReadonlySet<number>;
  /** Serials that an operator keeps for people who can prove that they have them, and that nobody has now. */
  reserved: ReadonlySet<number>;
  /** Serials that came back and were given again: only their claims may be younger than some above them. */
  regiven: ReadonlySet<number>;
  /** How far the clients' idea of the server's time may be off, either way. */
  clockErrorMs: number;
  answers: Answer[];
  claims: ClaimsPiece;
};

/** Everything that can be found against a promise. */
export type SaleFindingKind =
  | ClaimFindingKind
  /** 1: fewer claims than the stock, though enough users asked. */
  | 'too_few'
  /** 1: a claim of somebody who did not ask for it. */
  | 'not_asked'
  /** 1: two users were told the same serial or code. */
  | 'told_twice'
  /** 2: told "issued", and not in MySQL with the same values. */
  | 'told_not_stored'
  | 'told_otherwise'
  /** 2: a user's answers differ, or more than one of them says that it is the first. */
  | 'replay_differs'
  /** 3 */
  | 'claimed_before_opening'
  | 'answered_before_opening'
  | 'refused_after_opening'
  | 'wrong_opening_told'
  | 'opened_late'
  /** 4 */
  | 'order_of_time'
  | 'order_of_arrival'
  | 'won_after_sold_out'
  | 'won_and_lost';
