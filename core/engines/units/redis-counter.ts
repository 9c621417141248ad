import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createUnitStrategy } from './unit-strategy.ts';

/**
 * A counter in Redis gives each call a number of the stock, and the call writes its claim to MySQL before it is
 * answered. If a user gets several numbers, MySQL's unique key refuses all but one, and the others are returned.
 *
 * Pro: losers fail fast, without the database; MySQL has the claim of every user who got "issued". Con: each winner
 * waits for a commit and two scripts; a double click costs MySQL an insert, and others can't get its second unit until
 * MySQL has refused that insert; returned numbers are given again later, out of order.
 */
export const createRedisCounter = (stores: Stores, gatekeeper: Gatekeeper): ClaimStrategy =>
  createUnitStrategy(stores, gatekeeper, { strategy: 'redis-counter', oneUnitPerUser: false });
