import { say } from '../messages/message.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';
import type { ProcessRoster } from './process-roster.ts';
import type { Promises } from './promises.ts';

/** The Redis that decided claims, with the id that it had then. */
export type DecidedBy = { runId: string; link: RedisLink };

type Keepers = { promises: Promises; roster: ProcessRoster; redis: RedisLinks };

/**
 * Notes that claims up to `serial` are about to be promised. Throws `unavailable`, and users must not learn of these
 * claims, if the Redis that decided them has been replaced since, or if other processes may believe that this process
 * is gone.
 */
export function notePromise(
  keepers: Keepers,
  { eventId, round, serial }: { eventId: string; round: number; serial: number },
  by: DecidedBy,
): void {
  if (!keepers.roster.mayPromise(by.runId)) throw replaced();
  mustStillDecide(keepers, eventId, by);
  keepers.promises.note(eventId, round, serial, by.runId);
}

/** Throws `unavailable` if the Redis that decided has been replaced. */
export function mustStillDecide({ roster, redis }: Omit<Keepers, 'promises'>, eventId: string, by: DecidedBy): void {
  const { runId, link } = by;
  const isThere = link.runId() === runId || link.earlierIds().includes(runId);
  if (!isThere || !roster.isOnRecord(runId) || redis.of(eventId) !== link) throw replaced();
}

const replaced = (): Fault => withoutStack(() => new Fault('unavailable', say('redis_failed_over')));
