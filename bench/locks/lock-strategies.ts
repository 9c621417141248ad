import type { StrategyName } from '../../core/events/event.ts';

/** Strategies in which a lock keeps the claims of an event apart. */
export const lockStrategies = ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'] as const;
export type LockStrategy = Extract<StrategyName, (typeof lockStrategies)[number]>;
