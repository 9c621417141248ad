import type { StrategyName } from '../../core/events/event.ts';

/** The strategies in which a lock lets only one claim for an event proceed at a time. */
export const lockStrategies = ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'] as const;
export type LockStrategy = Extract<StrategyName, (typeof lockStrategies)[number]>;
