import type { StrategyName } from '../../core/events/event.ts';

/** Whether a strategy's claims are decided by MySQL's rows, so that Redis has nothing of its events. */
export const isRowStrategy = (strategy: StrategyName): boolean =>
  ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'].includes(strategy);

/** Whether a strategy gives numbers that become claims when MySQL has them, and that may come back. */
export const isUnitStrategy = (strategy: StrategyName): boolean =>
  ['redis-counter', 'redis-counter-set'].includes(strategy);
