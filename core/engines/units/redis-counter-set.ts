import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createUnitStrategy } from './unit-strategy.ts';

/**
 * Decides with a counter and a set of users in Redis. One script guards both the stock and the limit of one unit per
 * user. The winner's claim is then written to MySQL before the winner gets an answer. A user who asks again before that
 * write finishes gets the same unit.
 * Pros: losers and repeated clicks fail fast, without the database. MySQL has the claim of every user who got "issued".
 * Cons: each winner waits for a commit and two scripts, so a process accepts only as many claims at once as it has
 * connections. After a fault, a returned number goes to a later user, out of order.
 */
export const createRedisCounterSet = (stores: Stores, gatekeeper: Gatekeeper): ClaimStrategy =>
  createUnitStrategy(stores, gatekeeper, { strategy: 'redis-counter-set', oneUnitPerUser: true });
