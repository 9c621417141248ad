import { say } from '../messages/message.ts';
import { isTooFar } from './clock-gaps.ts';
import { readDurability } from './durability.ts';
import { connected, ok, problem, type CheckResult, type Looked } from './readiness-check.ts';
import { fewestReplicas, replicaTrouble } from './replica-count.ts';
import { mysqlWeaknesses, redisHeadroom } from './store-settings.ts';

/** Whether Redis keeps what it accepts. */
export async function checkRedis({ stores, event }: Looked): Promise<CheckResult> {
  const link = stores.redis.of(event.eventId);
  const redis = connected(link);
  const durability = await readDurability(link, stores.redisDurability);
  if (durability === null) {
    return problem(say('check_redis_hidden'), say('action_ask_provider'));
  }
  if (durability.weak.length > 0) {
    const action = durability.attested ? say('action_durable_redis') : say('action_set_redis');
    return problem(say('check_store_weak', { weaknesses: durability.weak }), action);
  }
  const trouble = replicaTrouble(stores);
  if (trouble !== null) {
    const counts = { replicas: fewestReplicas(stores) ?? 0, wanted: stores.acks.wanted };
    return problem(say('check_replicas_few', { ...counts, why: trouble }), say('action_replicas'));
  }
  const { writes } = await redisHeadroom(redis);
  if (!writes) return problem(say('check_redis_unwritten'), say('action_look_at_disk'));
  return ok(say('check_redis_keeps', { attested: durability.attested ? durability.detail : null }));
}

/** Whether Redis has room for the sale. */
export async function checkMemory({ stores, event, engine }: Looked): Promise<CheckResult> {
  const { freeBytes } = await redisHeadroom(connected(stores.redis.of(event.eventId)));
  const neededBytes = engine.memoryBytes(event);
  const neededMb = megabytes(neededBytes);
  if (freeBytes === null) return ok(say('check_memory_unlimited', { neededMb }));
  const found = say('check_memory', { freeMb: megabytes(freeBytes), neededMb });
  return freeBytes > neededBytes ? ok(found) : problem(found, say('action_raise_memory'));
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** Whether MySQL keeps what it commits. */
export async function checkMySql({ stores }: Looked): Promise<CheckResult> {
  const weak = await mysqlWeaknesses(stores.db);
  return weak.length === 0
    ? ok(say('check_mysql_keeps'))
    : problem(say('check_store_weak', { weaknesses: weak }), say('action_set_mysql'));
}

/** Whether the clocks agree closely enough. */
export async function checkClocks({ stores, event }: Looked): Promise<CheckResult> {
  const link = stores.redis.of(event.eventId);
  connected(link);
  const gaps = await stores.clockGaps(link);
  const found = say('check_clocks', { gaps });
  return gaps.some(isTooFar) ? problem(found, say('action_ntp')) : ok(found);
}
