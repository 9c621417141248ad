import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { decideClaims } from '../../../core/engines/stream/stream-scripts.ts';
import { seedGate } from '../../../core/gate/gate-scripts.ts';
import type { Gate } from '../../../core/gate/gate.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { plainInfo } from '../events/plain-info.ts';

/** The Redis run id under which these tests' gates are trusted. */
export const runId = 'run-1';

/** The time by a Redis server's clock, in epoch milliseconds. */
export async function serverNowMs(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** Opens and queries the gate of a `redis-stream` event in its first round, using only scripts. */
export function streamGate(redisNow: () => Redis, eventId: string) {
  const keys = roundKeys(eventId, 1);
  const decide = (...users: string[]) =>
    decideClaims(redisNow(), keys, { round: 1, runId, strategy: 'redis-stream' }, users);

  return {
    /** Seeds a gate that has 3 coupons and opened one second ago. */
    openGate: async (change: Partial<Gate> = {}): Promise<Gate> => {
      const gate: Gate = {
        ...{ round: 1, version: 1, strategy: 'redis-stream', stock: 3, issued: 0, paused: false, closed: false },
        opensAtMs: (await serverNowMs(redisNow())) - 1_000,
        closesAtMs: null,
        heldOpensAtMs: null,
        given: null,
        vacant: 0,
        reserved: '',
        lastAtMs: 0,
        firstAtMs: null,
        soldOutAtMs: null,
        runId,
        codeKey: Buffer.alloc(32, 1),
        info: plainInfo,
        pendingChanges: '',
        ...change,
      };
      expect(await seedGate(redisNow(), eventId, gate, 'first')).toBe('seeded');
      return gate;
    },
    decide,
    /** Each user's serial, or null for a user who is refused. */
    serials: async (...users: string[]): Promise<(number | null)[]> => {
      const decided = await decide(...users);
      if (decided.kind !== 'decided') throw new Error(decided.kind);
      return decided.decisions.map(({ held }) => held?.serial ?? null);
    },
  };
}
