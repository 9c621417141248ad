import type { StrategyName } from '../../core/events/event.ts';

/** Whether rows in MySQL decide a strategy's claims, so that Redis has no keys for its events. */
export const isRowStrategy = (strategy: StrategyName): boolean =>
  ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'].includes(strategy);

/** Whether a strategy gives out numbers that become claims once MySQL has stored them, and that can be returned. */
export const isUnitStrategy = (strategy: StrategyName): boolean =>
  ['redis-counter', 'redis-counter-set'].includes(strategy);
