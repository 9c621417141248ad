import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createUnitStrategy } from './unit-strategy.ts';

/**
 * A counter and a set of users in Redis: one script sees to both the stock and one unit a user; then the winner's claim is
 * written to MySQL before the call is answered. Who asks again before that has ended continues with the same unit.
 *
 * Pro: losers and repeated clicks fail fast, without the database; who was told "issued" is in MySQL. Con: each winner
 * waits for a commit and two scripts, so a process accepts as many at once as it has connections; numbers come back only
 * after faults, but then they are given again out of order.
 */
export const createRedisCounterSet = (stores: Stores, gatekeeper: Gatekeeper): ClaimStrategy =>
  createUnitStrategy(stores, gatekeeper, { strategy: 'redis-counter-set', oneUnitAUser: true });
