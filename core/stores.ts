import type { Logger } from './log.ts';
import type { Db } from './mysql/open-db.ts';
import type { Observer } from './observer.ts';
import type { RedisLink } from './redis/open-redis.ts';
import type { RedisClock } from './redis/redis-clock.ts';

/** What most of core works with: both stores, Redis's clock, and where to report. */
export type Stores = {
  db: Db;
  redis: RedisLink;
  clock: RedisClock;
  log: Logger;
  observe: Observer;
  /** How long before its opening a round is seeded. */
  seedLeadMs: number;
};
