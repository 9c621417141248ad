import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';
import type { ProcessRoster } from './process-roster.ts';
import type { Promises } from './promises.ts';

/** The Redis that decided, as it was when it was asked. */
export type DecidedBy = { round: number; runId: string; link: RedisLink };

/**
 * Notes that claims up to `serial` are about to be promised. Throws `unavailable` if the Redis that decided them has been
 * replaced since, or if others may take this process for dead: nobody may be told then.
 */
export function notePromise(
  { promises, roster, redis }: { promises: Promises; roster: ProcessRoster; redis: RedisLinks },
  eventId: string,
  { round, runId, link }: DecidedBy,
  serial: number,
): void {
  if (!roster.mayPromise(runId) || link.runId() !== runId || redis.of(eventId) !== link) {
    throw withoutStack(
      () => new Fault('unavailable', 'Redis failed over meanwhile: the claim may exist. Asking again is safe.'),
    );
  }
  promises.note(eventId, round, serial, runId);
}
