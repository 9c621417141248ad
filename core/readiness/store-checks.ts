import { describeGaps } from './clock-gaps.ts';
import { isTooFar } from './clock-gaps.ts';
import type { Looked } from './readiness-check.ts';
import type { CheckResult } from './readiness-check.ts';
import { connected } from './readiness-check.ts';
import { problem } from './readiness-check.ts';
import { ok } from './readiness-check.ts';
import { readDurability } from './durability.ts';
import { replicaTrouble } from './replica-count.ts';
import { redisHeadroom } from './store-settings.ts';
import { mysqlWeaknesses } from './store-settings.ts';

/** Whether Redis keeps what it accepts. */
export async function checkRedis({ stores, event }: Looked): Promise<CheckResult> {
  const link = stores.redis.of(event.eventId);
  const redis = connected(link);
  const durability = await readDurability(link, stores.redisDurability);
  if (durability === null) {
    return problem(
      'it does not show its settings',
      'Ask your provider: append-only file, fsync at every write, no eviction. Then set REDIS_DURABILITY to what it keeps.',
    );
  }
  if (durability.weak.length > 0) {
    return problem(
      durability.weak.join(', '),
      durability.attested
        ? 'Use a Redis that keeps what it accepts, then set REDIS_DURABILITY.'
        : 'Set it with CONFIG SET, and in its configuration file.',
    );
  }
  const trouble = replicaTrouble(stores);
  if (trouble !== null) return problem(trouble, 'Bring the replicas back, or lower REDIS_REPLICA_ACKS.');
  const { writes } = await redisHeadroom(redis);
  const kept = durability.attested
    ? `keeps what it accepts, as REDIS_DURABILITY attests (${durability.detail})`
    : 'keeps what it accepts';
  return writes ? ok(kept) : problem('could not write its file', 'Look at its disk and its log.');
}

/** Whether Redis has room for the sale. */
export async function checkMemory({ stores, event, engine }: Looked): Promise<CheckResult> {
  const { freeBytes } = await redisHeadroom(connected(stores.redis.of(event.eventId)));
  const needed = engine.memoryBytes(event);
  const mb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  if (freeBytes === null) return ok(`no limit is set; the winners take about ${mb(needed)}`);
  if (freeBytes > needed) return ok(`${mb(freeBytes)} free, about ${mb(needed)} needed`);
  return problem(`${mb(freeBytes)} free, about ${mb(needed)} needed`, 'Raise Redis’s maxmemory.');
}

/** Whether MySQL keeps what it commits. */
export async function checkMySql({ stores }: Looked): Promise<CheckResult> {
  const weak = await mysqlWeaknesses(stores.db);
  return weak.length === 0 ? ok('keeps what it commits') : problem(weak.join(', '), 'Set it in MySQL’s configuration.');
}

/** Whether the clocks agree closely enough. */
export async function checkClocks({ stores, event }: Looked): Promise<CheckResult> {
  const link = stores.redis.of(event.eventId);
  connected(link);
  const gaps = await stores.clockGaps(link);
  const detail = describeGaps(gaps);
  return gaps.some(isTooFar) ? problem(detail, 'Run NTP on every host.') : ok(detail);
}
