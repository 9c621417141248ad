import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createUnitStrategy } from './unit-strategy.ts';

/**
 * A counter and a set of users in Redis. One script guards both the stock and the limit of one unit per user. The
 * winner's claim is then written to MySQL before the call is answered. A user who asks again before that write has
 * ended continues with the same unit.
 *
 * Pro: losers and repeated clicks fail fast, without the database; MySQL has the claim of every user who got "issued".
 * Con: each winner waits for a commit and two scripts, so a process accepts only as many claims at once as it has
 * connections; a number that was returned after a fault is given again later, out of order.
 */
export const createRedisCounterSet = (stores: Stores, gatekeeper: Gatekeeper): ClaimStrategy =>
  createUnitStrategy(stores, gatekeeper, { strategy: 'redis-counter-set', oneUnitPerUser: true });
