import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createUnitStrategy } from './unit-strategy.ts';

/**
 * A counter in Redis gives each call a number from the stock. The call writes its claim to MySQL before its user gets
 * an answer. If a user gets several numbers, MySQL's unique key refuses all but one, and the others are returned.
 * Pros: losers fail fast, without the database. MySQL has the claim of every user who got "issued". Cons: each winner
 * waits for a commit and two scripts. A double click costs MySQL an insert, and nobody else can get the second click's
 * unit until MySQL has refused that insert. Returned numbers go to later users, out of order.
 */
export const createRedisCounter = (stores: Stores, gatekeeper: Gatekeeper): ClaimStrategy =>
  createUnitStrategy(stores, gatekeeper, { strategy: 'redis-counter', oneUnitPerUser: false });
