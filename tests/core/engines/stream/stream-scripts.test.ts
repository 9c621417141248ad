import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxState, readOutbox } from '../../../../core/engines/stream/outbox.ts';
import { decideClaims, settleOutbox } from '../../../../core/engines/stream/stream-scripts.ts';
import { strategyNames } from '../../../../core/events/event.ts';
import { eventPhase } from '../../../../core/events/phase.ts';
import { findClaimInRedis } from '../../../../core/gate/gate-scripts.ts';
import { readGate, sealOf } from '../../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../../core/redis/keys.ts';
import { allKeys } from '../../../support/all-keys.ts';
import { isUnitStrategy } from '../../../support/strategy-families.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { runId, serverNowMs, streamGate } from '../../gate/stream-gate.ts';

const eventId = 'ev_scripts';
const keys = roundKeys(eventId, 1);
const expected = { round: 1, runId, strategy: 'redis-stream' } as const;

/** A separate server, because these tests flush scripts and fill the memory. */
let server: TestRedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => redis.flushdb());

const { openGate, decide, serials } = streamGate(() => redis, eventId);
const redisNowMs = () => serverNowMs(redis);

describe('deciding a batch', () => {
  it('gives serials in order, no serial twice and none above the stock', async () => {
    await openGate();
    expect(await serials('a', 'b')).toEqual([1, 2]);
    expect(await serials('c', 'd', 'e')).toEqual([3, null, null]);
    expect(await serials('f')).toEqual([null]);
    expect(await redis.hlen(keys.winners)).toBe(3);
  });

  it('returns the same claim, with the same time, to a user who asks again in this batch or a later one', async () => {
    await openGate();
    const first = await decide('a', 'a', 'b');
    const again = await decide('b', 'a');
    if (first.kind !== 'decided' || again.kind !== 'decided') throw new Error('not decided');
    expect(first.decisions.map(({ held }) => [held?.serial, held?.replayed])).toEqual([
      [1, false],
      [1, true],
      [2, false],
    ]);
    expect(again.decisions[1]?.held).toEqual({ ...first.decisions[0]?.held, replayed: true });
    expect(again.issuedCount).toBe(0);
  });

  it('compares user ids byte by byte', async () => {
    await openGate({ stock: 10 });
    expect(await serials('Kim', 'kim', 'a{b}', '__proto__', 'constructor', '1:2')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await serials('1:2', '__proto__', 'kim')).toEqual([6, 4, 2]);
  });

  it('writes one outbox entry per batch, which contains only the winners', async () => {
    await openGate();
    await decide('a', 'b');
    await decide('a', 'c', 'd');
    await decide('d');
    const entries = await readOutbox(redis, eventId, 1, 10);
    expect(entries.map(({ firstSerial, userIds }) => [firstSerial, userIds])).toEqual([
      [1, ['a', 'b']],
      [3, ['c']],
    ]);
    expect(await outboxState(redis, eventId, 1, '')).toMatchObject({ claims: 3, oldestAtMs: entries[0]?.claimedAtMs });
  });

  it('decides a batch of 256 users', async () => {
    await openGate({ stock: 1_000 });
    const users = Array.from({ length: 256 }, (_, i) => `${'u'.repeat(120)}${i}`);
    expect(await serials(...users)).toEqual(users.map((_, i) => i + 1));
  });

  it('records the times of the first claim and of the sell-out', async () => {
    await openGate();
    await decide('a');
    const begun = await readGate(redis, eventId);
    await decide('b', 'c');
    const ended = await readGate(redis, eventId);
    expect(begun).toMatchObject({ issued: 1, soldOutAtMs: null, firstAtMs: begun?.lastAtMs });
    expect(ended).toMatchObject({ issued: 3, soldOutAtMs: ended?.lastAtMs, firstAtMs: begun?.firstAtMs });
  });

  it('gives no claim an earlier time than the previous claim, and does not close the event, if the clock steps back', async () => {
    const aheadMs = (await redisNowMs()) + 3_600_000;
    await openGate({ opensAtMs: aheadMs - 5 });
    await redis.hset(gateKey(eventId), 'lastAt', aheadMs);
    const decided = await decide('a');
    expect(decided).toMatchObject({ decisions: [{ held: { serial: 1, claimedAtMs: aheadMs } }] });
  });

  it('reports each reason for not deciding, and changes nothing', async () => {
    expect(await decide('a')).toEqual({ kind: 'no_gate' });
    await openGate({ round: 2 });
    expect(await decide('a')).toEqual({ kind: 'round', round: 2 });
    const second = roundKeys(eventId, 2);
    expect(await decideClaims(redis, second, { ...expected, round: 2, runId: 'run-2' }, ['a'])).toEqual({
      kind: 'unverified',
    });
    await redis.hset(second.winners, 'stranger', '1:1');
    expect(await decideClaims(redis, second, { ...expected, round: 2 }, ['a'])).toEqual({ kind: 'torn' });
    expect(await redis.exists(second.outbox)).toBe(0);
  });

  it.each(strategyNames.filter((name) => name !== 'redis-stream'))(
    'reports a gate that belongs to %s, and leaves it unchanged',
    async (strategy) => {
      await openGate({ strategy, given: isUnitStrategy(strategy) ? 0 : null });
      const before = await allKeys(redis);
      expect(await decide('a')).toEqual({ kind: 'strategy', strategy });
      expect(await findClaimInRedis(redis, keys, expected, 'a')).toEqual({ kind: 'strategy', strategy });
      expect(await allKeys(redis)).toEqual(before);
    },
  );

  it('refuses if the gate names no strategy, or one that this version does not have', async () => {
    await openGate();
    await redis.hset(keys.gate, 'strategy', 'of-tomorrow');
    expect(await decide('a')).toEqual({ kind: 'strategy', strategy: 'of-tomorrow' });
    await redis.hdel(keys.gate, 'strategy');
    expect(await decide('a')).toEqual({ kind: 'strategy', strategy: '' });
    expect(await redis.exists(keys.winners, keys.outbox)).toBe(0);
  });

  it('reports that the gate was not compared with MySQL before it looks at the gate’s strategy, which may still change', async () => {
    await openGate({ strategy: 'redis-counter', runId: sealOf(1) });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
  });

  it('works after SCRIPT FLUSH', async () => {
    await openGate();
    await decide('a');
    await redis.script('FLUSH');
    expect(await Promise.all([serials('b'), serials('c')])).toEqual([[2], [3]]);
  });

  it('changes everything or nothing if memory is full', async () => {
    await openGate();
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(decide('a')).rejects.toThrow(/OOM/);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await redis.exists(keys.winners, keys.outbox)).toBe(0);
    expect(await serials('a')).toEqual([1]);
  });

  it('changes everything or nothing if a key has the wrong type', async () => {
    await openGate();
    await redis.set(keys.outbox, 'not a stream');
    await expect(decide('a')).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.exists(keys.winners)).toBe(0);
    expect((await readGate(redis, eventId))?.issued).toBe(0);
  });

  it('gives the same reason for a refusal as `phaseOf`, in every state', async () => {
    const nowMs = await redisNowMs();
    const far = 3_600_000;
    for (const paused of [false, true])
      for (const closed of [false, true])
        for (const opensAtMs of [nowMs - far, nowMs + far])
          for (const closesAtMs of [null, nowMs - far / 2, nowMs + 2 * far])
            for (const [stock, issued] of [
              [1, 1],
              [2, 1],
            ] as const) {
              await redis.flushdb();
              await redis.hset(keys.winners, 'first', `1:${nowMs - far}`);
              const gate = { paused, closed, opensAtMs, closesAtMs, stock, issued };
              await openGate(gate);
              const phase = eventPhase(gate, nowMs);
              const decided = await decide('first', 'second');
              if (decided.kind !== 'decided') throw new Error(decided.kind);
              expect(decided.decisions[0]?.held).toMatchObject({ serial: 1, replayed: true });
              if (phase === 'open') expect(decided.decisions[1]?.held?.serial).toBe(2);
              else expect([decided.decisions[1]?.held, decided.refusal]).toEqual([null, phase]);
            }
  });
});

describe('finding a claim', () => {
  const find = (user: string) => findClaimInRedis(redis, keys, expected, user);

  it('says whether the claim is still in the outbox', async () => {
    await openGate();
    await decide('a');
    await decide('b');
    const [oldest] = await readOutbox(redis, eventId, 1, 1);
    expect(await find('a')).toMatchObject({ kind: 'found', serial: 1, state: 'accepted' });
    await settleOutbox(redis, eventId, 1, [oldest?.id ?? ''], []);
    expect(await find('a')).toMatchObject({ serial: 1, state: 'persisted' });
    expect(await find('b')).toMatchObject({ serial: 2, state: 'accepted' });
    expect(await find('c')).toEqual({ kind: 'none' });
  });

  it('removes a claim that was set aside from the outbox even if memory is full', async () => {
    await openGate();
    await decide('a');
    const [entry] = await readOutbox(redis, eventId, 1, 1);
    await redis.config('SET', 'maxmemory', '1');
    try {
      await settleOutbox(redis, eventId, 1, [entry?.id ?? ''], [{ userId: 'a', reason: 'serial_taken' }]);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await redis.xlen(keys.outbox)).toBe(0);
    expect(await find('a')).toMatchObject({ state: 'accepted' });
  });

  it('leaves the outbox unchanged if it cannot record the claim as set aside', async () => {
    await openGate();
    await decide('a');
    const [entry] = await readOutbox(redis, eventId, 1, 1);
    await redis.set(keys.setAside, 'not a hash');
    const settling = settleOutbox(redis, eventId, 1, [entry?.id ?? ''], [{ userId: 'a', reason: 'serial_taken' }]);
    await expect(settling).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.xlen(keys.outbox)).toBe(1);
  });

  it('never reports a claim that was set aside as persisted', async () => {
    await openGate();
    await decide('a');
    const [entry] = await readOutbox(redis, eventId, 1, 1);
    await settleOutbox(redis, eventId, 1, [entry?.id ?? ''], [{ userId: 'a', reason: 'serial_taken' }]);
    expect(await find('a')).toMatchObject({ state: 'accepted' });
  });
});
