import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideClaims } from '../../../core/engines/stream/stream-scripts.ts';
import {
  beginRound,
  findClaimInRedis,
  seedGate,
  trustGate,
  type SeedMode,
  type SeenGate,
} from '../../../core/gate/gate-scripts.ts';
import { readGate, sealOf, type Gate } from '../../../core/gate/gate.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { startRedis, type TestRedisServer } from '../../support/test-servers.ts';
import { plainInfo } from '../events/plain-info.ts';

const eventId = 'ev_rounds';
const runId = 'run-1';
const expected = (round: number) => ({ round, runId, strategy: 'redis-stream' }) as const;
const [first, second] = [roundKeys(eventId, 1), roundKeys(eventId, 2)];

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

const gateOf = (change: Partial<Gate> = {}): Gate => ({
  ...{ round: 1, version: 1, strategy: 'redis-stream', stock: 3, issued: 0, paused: false, closed: false },
  ...{
    opensAtMs: 1_000,
    closesAtMs: null,
    heldOpensAtMs: null,
    given: null,
    lastAtMs: 0,
    firstAtMs: null,
    soldOutAtMs: null,
  },
  ...{ runId, codeKey: Buffer.alloc(32, 1), pendingChanges: '', vacant: 0, reserved: '' },
  info: plainInfo,
  ...change,
});
const next = (change: Partial<Gate> = {}): Gate => gateOf({ round: 2, version: 2, runId: sealOf(7), ...change });
const seen: SeenGate = { round: '1', version: '1', pendingChanges: '' };
const begin = (gate = next(), mode: SeedMode = 'first', what = seen) => beginRound(redis, eventId, gate, mode, what);

async function sellRoundOne(): Promise<void> {
  expect(await seedGate(redis, eventId, gateOf(), 'first')).toBe('seeded');
  expect(await decideClaims(redis, first, expected(1), ['a', 'b', 'c'])).toMatchObject({ issuedCount: 3 });
}

describe('beginning the next round', () => {
  it('stores the new gate as given, and leaves the other keys of the previous round unchanged', async () => {
    await sellRoundOne();
    const before = await readGate(redis, eventId);
    const { firstAtMs, soldOutAtMs } = before ?? {};
    expect(await begin()).toEqual({ kind: 'seeded', issued: 3, firstAtMs, soldOutAtMs });
    expect(await readGate(redis, eventId)).toEqual(next());
    expect(await redis.hlen(first.winners)).toBe(3);
    expect(await redis.xlen(first.outbox)).toBe(1);
    expect(await redis.exists(second.winners, second.outbox)).toBe(0);
  });

  it('lets neither round decide until the gate is trusted, and only the new round after that', async () => {
    await sellRoundOne();
    await begin();
    expect(await decideClaims(redis, first, expected(1), ['d'])).toEqual({ kind: 'round', round: 2 });
    expect(await decideClaims(redis, second, expected(2), ['a'])).toEqual({ kind: 'unverified' });
    expect(await trustGate(redis, eventId, { round: 2, issued: 0, runId: sealOf(7) }, runId)).toBe('trusted');
    expect(await decideClaims(redis, second, expected(2), ['a'])).toMatchObject({ issuedCount: 1 });
    expect(await findClaimInRedis(redis, first, expected(1), 'b')).toEqual({ kind: 'round', round: 2 });
    expect(await redis.hlen(first.winners)).toBe(3);
  });

  it('happens once: if it runs again, it reports that the gate has changed', async () => {
    await sellRoundOne();
    await begin();
    expect(await begin()).toEqual({ kind: 'changed' });
  });

  it.each<[string, SeenGate]>([
    ['round', { ...seen, round: '2' }],
    ['version', { ...seen, version: '2' }],
    ['pending changes', { ...seen, pendingChanges: '[]' }],
  ])('leaves the gate unchanged if the gate’s %s changed since it was read', async (_what, other) => {
    await sellRoundOne();
    expect(await begin(next(), 'first', other)).toEqual({ kind: 'changed' });
    expect(await readGate(redis, eventId)).toMatchObject({ round: 1, issued: 3 });
  });

  it('does nothing if there is no gate', async () => {
    expect(await begin()).toEqual({ kind: 'changed' });
    expect(await redis.dbsize()).toBe(0);
  });

  it('replaces a gate that no process can read', async () => {
    await redis.set(first.gate, 'nonsense');
    const nothing = { round: '', version: '', pendingChanges: '' };
    expect(await begin(next(), 'first', nothing)).toMatchObject({ kind: 'seeded', firstAtMs: null });
    expect(await readGate(redis, eventId)).toEqual(next());
  });

  it('refuses a round that already has data in Redis, and a round that may have opened before', async () => {
    await sellRoundOne();
    expect(await begin(next(), 'again')).toEqual({ kind: 'late' });
    const [seconds] = await redis.time();
    expect(await begin(next({ opensAtMs: (Number(seconds) + 60) * 1_000 }), 'again')).toMatchObject({ kind: 'seeded' });
    await redis.flushdb();
    await sellRoundOne();
    await redis.hset(second.winners, 'x', '1:1');
    // The next round can't begin because Redis already has data of that round. Even so, the previous round is over, so
    // its gate is removed.
    expect(await begin()).toMatchObject({ kind: 'leftover', issued: 3 });
    expect(await readGate(redis, eventId)).toBeNull();
    expect(await redis.hlen(first.winners)).toBe(3);
    expect(await begin()).toEqual({ kind: 'changed' });
  });

  it('makes no gate if somebody may have claimed, even if the round opens later', async () => {
    await sellRoundOne();
    const [seconds] = await redis.time();
    expect(await begin(next({ opensAtMs: (Number(seconds) + 60) * 1_000 }), 'keep')).toEqual({ kind: 'late' });
    expect(await readGate(redis, eventId)).toMatchObject({ round: 1, issued: 3 });
  });

  it('works after SCRIPT FLUSH and while memory is full', async () => {
    await sellRoundOne();
    await redis.script('FLUSH');
    await redis.config('SET', 'maxmemory', '1');
    try {
      expect(await begin()).toMatchObject({ kind: 'seeded', issued: 3 });
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await readGate(redis, eventId)).toEqual(next());
  });
});
