import type { StrategyName } from '../../core/events/event.ts';

/** The original project's claim paths, one for each strategy (see docs/strategies.md). */
export const originalPaths = {
  pessimistic: 'db-lock',
  'named-lock': 'db-named-lock',
  distributed: 'redis-lock',
  'spin-lock': 'redis-spin-lock',
  ratelimit: 'redis-counter',
  optimized: 'redis-counter-set',
  stream: 'redis-stream',
} as const satisfies Record<string, StrategyName>;

export type OriginalPath = keyof typeof originalPaths;

export const originalPathNames = Object.keys(originalPaths) as OriginalPath[];

export const originalPath = (name: OriginalPath): string => `/api/v1/coupon/issue/${name}`;
