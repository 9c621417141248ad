import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { roundKeys } from '../../core/redis/keys.ts';
import { monotonicMs } from './monotonic.ts';

/**
 * The result of the wait for MySQL. Either everything has been stored since `atMs` (monotonic), or `left` entries and
 * units are stuck.
 */
export type Persisted = { kind: 'all'; atMs: number } | { kind: 'stuck'; left: number };

const lookEveryMs = 20;
/**
 * If the number of waiting claims does not fall for this long, the drain is stuck. If a worker is killed, another takes
 * over its jobs in less time.
 */
const patienceMs = 75_000;

/**
 * Waits until a round's outbox is empty and no unit is being written to MySQL, so that MySQL has every claim that it
 * will get. Rejects if Redis does not answer for too long.
 */
export async function awaitPersisted(
  redis: Redis,
  eventId: string,
  round: number,
  signal: AbortSignal,
): Promise<Persisted> {
  const { outbox, attempts } = roundKeys(eventId, round);
  const count = async (): Promise<number | Error> => {
    try {
      return (await redis.xlen(outbox)) + (await redis.hlen(attempts));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  let least = Infinity;
  let movedAtMs = monotonicMs();
  for (;;) {
    const entries = await count();
    const nowMs = monotonicMs();
    if (entries instanceof Error) {
      // Redis may be restarting, because a test or an operator killed it.
      if (nowMs - movedAtMs > patienceMs) throw entries;
      await sleep(lookEveryMs, undefined, { signal });
      continue;
    }
    if (entries === 0) return { kind: 'all', atMs: nowMs };
    if (entries < least) {
      least = entries;
      movedAtMs = nowMs;
    }
    if (nowMs - movedAtMs > patienceMs) return { kind: 'stuck', left: entries };
    await sleep(lookEveryMs, undefined, { signal });
  }
}
