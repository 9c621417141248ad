import type { StrategyName } from '../../core/events/event.ts';

/** Whether MySQL's rows decide the claims of a strategy, so that Redis has nothing of its events. */
export const isRowStrategy = (strategy: StrategyName): boolean =>
  ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'].includes(strategy);

/** Whether a strategy gives out numbers that become claims once MySQL has them, and that can be returned. */
export const isUnitStrategy = (strategy: StrategyName): boolean =>
  ['redis-counter', 'redis-counter-set'].includes(strategy);
