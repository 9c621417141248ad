import { findRound } from '../../events/event-rows.ts';
import { isOutdated } from '../../gate/gate-trust.ts';
import type { Gate } from '../../gate/gate.ts';
import { say } from '../../messages/message.ts';
import type { RedisLink } from '../../redis/open-redis.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';

/**
 * Throws `unavailable` if a process that has just started may have connected to an old primary that a replica has
 * replaced. The gate there still looks trusted, and other processes do not wait for a process that they do not know.
 * MySQL knows which Redis was trusted last. A process needs to check this only once: afterwards the others know the
 * process, and wait for it after a failover.
 */
export async function refuseReplacedPrimary(
  { roster, db, log, logged }: Stores,
  eventId: string,
  gate: Gate,
  link: RedisLink,
): Promise<void> {
  // Other strategies promise only what MySQL has committed, and a Redis without replicas can't have been replaced.
  if (gate.given !== null || roster.isVouchedFor() || !link.isReplicated()) return;
  // Put this process on the list before reading MySQL. If another Redis is trusted with the gate later, the process
  // that trusts it finds this process on the list.
  if (!roster.mayPromise(gate.runId)) await roster.enter();
  const event = await findRound(db, eventId, gate.round).catch((err: unknown) => {
    throw new Fault('unavailable', say('newcomer_unchecked'), { cause: err });
  });
  // The row names no Redis if an earlier version trusted the gate.
  if (event === null || event.roundRow.trustedBy === null) return;
  if (!isOutdated(gate, event.roundRow)) return roster.vouch();
  const { trustedBy } = event.roundRow;
  if (logged.isNew('outdated primary', trustedBy)) {
    const fields = { event: 'redis_outdated', eventId, runId: gate.runId, trustedBy };
    log.error(fields, 'a promoted replica has replaced this Redis, so it decides nothing');
  }
  throw new Fault('unavailable', say('redis_outdated'));
}
