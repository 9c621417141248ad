import { say } from '../messages/message.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';
import type { ProcessRoster } from './process-roster.ts';
import type { Promises } from './promises.ts';

/** The Redis that decided claims, and the id that it had at that time. */
export type DecidedBy = { runId: string; link: RedisLink };

type Keepers = { promises: Promises; roster: ProcessRoster; redis: RedisLinks };

/**
 * Notes that claims up to `serial` are about to be promised. Throws `unavailable` if the Redis that decided them has
 * been replaced since, or if other processes may believe that this process is gone. In that case, users must not learn
 * of these claims.
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

/** Throws `unavailable` if the Redis that decided the claims has been replaced. */
export function mustStillDecide(keepers: Omit<Keepers, 'promises'>, eventId: string, by: DecidedBy): void {
  if (!stillDecides(keepers, eventId, by)) throw replaced();
}

/** Whether the Redis that decided the claims is still in charge and has this process on record. */
export function stillDecides({ roster, redis }: Omit<Keepers, 'promises'>, eventId: string, by: DecidedBy): boolean {
  const { runId, link } = by;
  const isThere = link.runId() === runId || link.earlierIds().includes(runId);
  return isThere && roster.isOnRecord(runId) && redis.of(eventId) === link;
}

const replaced = (): Fault => withoutStack(() => new Fault('unavailable', say('redis_failed_over')));
