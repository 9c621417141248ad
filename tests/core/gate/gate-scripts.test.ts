import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxState, readOutbox } from '../../../core/engines/stream/outbox.ts';
import { strategyNames } from '../../../core/events/event.ts';
import { eventPhase } from '../../../core/events/phase.ts';
import {
  configureGate,
  decideClaims,
  findClaimInRedis,
  seedGate,
  settleOutbox,
  trustGate,
} from '../../../core/gate/gate-scripts.ts';
import { readGate, sealOf, type Gate } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { allKeys } from '../../support/all-keys.ts';
import { isUnitStrategy } from '../../support/strategy-families.ts';
import { startRedis, type TestRedisServer } from '../../support/test-servers.ts';
import { plainInfo } from '../events/plain-info.ts';

const eventId = 'ev_scripts';
const runId = 'run-1';
const keys = roundKeys(eventId, 1);
const expected = { round: 1, runId, strategy: 'redis-stream' } as const;
const info = plainInfo;

/** A server of its own: these tests flush scripts and fill the memory. */
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

async function redisNowMs(): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

async function openGate(change: Partial<Gate> = {}): Promise<Gate> {
  const gate: Gate = {
    ...{ round: 1, version: 1, strategy: 'redis-stream', stock: 3, issued: 0, paused: false, closed: false },
    opensAtMs: (await redisNowMs()) - 1_000,
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
    info,
    pendingChanges: '',
    ...change,
  };
  expect(await seedGate(redis, eventId, gate, 'first')).toBe('seeded');
  return gate;
}

const decide = (...users: string[]) => decideClaims(redis, keys, expected, users);
async function serials(...users: string[]): Promise<(number | null)[]> {
  const decided = await decide(...users);
  if (decided.kind !== 'decided') throw new Error(decided.kind);
  return decided.decisions.map(({ held }) => held?.serial ?? null);
}

describe('deciding a batch', () => {
  it('gives serials in order, none twice, none above the stock', async () => {
    await openGate();
    expect(await serials('a', 'b')).toEqual([1, 2]);
    expect(await serials('c', 'd', 'e')).toEqual([3, null, null]);
    expect(await serials('f')).toEqual([null]);
    expect(await redis.hlen(keys.winners)).toBe(3);
  });

  it('replays: the same user twice in a batch, and in a later one, with the same time', async () => {
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

  it('takes users for what they are, byte by byte', async () => {
    await openGate({ stock: 10 });
    expect(await serials('Kim', 'kim', 'a{b}', '__proto__', 'constructor', '1:2')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await serials('1:2', '__proto__', 'kim')).toEqual([6, 4, 2]);
  });

  it('writes one outbox entry a batch, with the winners only', async () => {
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

  it('decides 256 at once', async () => {
    await openGate({ stock: 1_000 });
    const users = Array.from({ length: 256 }, (_, i) => `${'u'.repeat(120)}${i}`);
    expect(await serials(...users)).toEqual(users.map((_, i) => i + 1));
  });

  it('notes the first claim and the sell-out', async () => {
    await openGate();
    await decide('a');
    const begun = await readGate(redis, eventId);
    await decide('b', 'c');
    const ended = await readGate(redis, eventId);
    expect(begun).toMatchObject({ issued: 1, soldOutAtMs: null, firstAtMs: begun?.lastAtMs });
    expect(ended).toMatchObject({ issued: 3, soldOutAtMs: ended?.lastAtMs, firstAtMs: begun?.firstAtMs });
  });

  it('never gives a claim an earlier time than the one before, nor closes because the clock steps back', async () => {
    const aheadMs = (await redisNowMs()) + 3_600_000;
    await openGate({ opensAtMs: aheadMs - 5 });
    await redis.hset(gateKey(eventId), 'lastAt', aheadMs);
    const decided = await decide('a');
    expect(decided).toMatchObject({ decisions: [{ held: { serial: 1, claimedAtMs: aheadMs } }] });
  });

  it('knows each kind of trouble, and changes nothing then', async () => {
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
    'leaves a gate that belongs to %s as it is, and says so',
    async (strategy) => {
      await openGate({ strategy, given: isUnitStrategy(strategy) ? 0 : null });
      const before = await allKeys(redis);
      expect(await decide('a')).toEqual({ kind: 'strategy', strategy });
      expect(await findClaimInRedis(redis, keys, expected, 'a')).toEqual({ kind: 'strategy', strategy });
      expect(await allKeys(redis)).toEqual(before);
    },
  );

  it('does not decide by a gate of a strategy that this version does not have, or that names none', async () => {
    await openGate();
    await redis.hset(keys.gate, 'strategy', 'of-tomorrow');
    expect(await decide('a')).toEqual({ kind: 'strategy', strategy: 'of-tomorrow' });
    await redis.hdel(keys.gate, 'strategy');
    expect(await decide('a')).toEqual({ kind: 'strategy', strategy: '' });
    expect(await redis.exists(keys.winners, keys.outbox)).toBe(0);
  });

  it('says that a gate is not compared with MySQL before it says whose it is: it may still become another’s', async () => {
    await openGate({ strategy: 'redis-counter', runId: sealOf(1) });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
  });

  it('works after SCRIPT FLUSH', async () => {
    await openGate();
    await decide('a');
    await redis.script('FLUSH');
    expect(await Promise.all([serials('b'), serials('c')])).toEqual([[2], [3]]);
  });

  it('is never half applied when memory is full', async () => {
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

  it('is never half applied when a key has the wrong type', async () => {
    await openGate();
    await redis.set(keys.outbox, 'not a stream');
    await expect(decide('a')).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.exists(keys.winners)).toBe(0);
    expect((await readGate(redis, eventId))?.issued).toBe(0);
  });

  it('refuses for the same reason as the phase of the domain, in every state', async () => {
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

  it('says whether it has left the outbox', async () => {
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

  it('takes out what was set aside also when memory is full, which is what frees it', async () => {
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

  it('takes nothing out when it can’t be noted as set aside', async () => {
    await openGate();
    await decide('a');
    const [entry] = await readOutbox(redis, eventId, 1, 1);
    await redis.set(keys.setAside, 'not a hash');
    const settling = settleOutbox(redis, eventId, 1, [entry?.id ?? ''], [{ userId: 'a', reason: 'serial_taken' }]);
    await expect(settling).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.xlen(keys.outbox)).toBe(1);
  });

  it('never calls a claim persisted that was set aside', async () => {
    await openGate();
    await decide('a');
    const [entry] = await readOutbox(redis, eventId, 1, 1);
    await settleOutbox(redis, eventId, 1, [entry?.id ?? ''], [{ userId: 'a', reason: 'serial_taken' }]);
    expect(await find('a')).toMatchObject({ state: 'accepted' });
  });
});

describe('seeding', () => {
  it('makes a gate once', async () => {
    const gate = await openGate();
    await decide('a');
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('exists');
    expect((await readGate(redis, eventId))?.issued).toBe(1);
  });

  it('makes it again only before the opening', async () => {
    const gate = await openGate({ opensAtMs: (await redisNowMs()) + 3_600_000 });
    await redis.flushdb();
    expect(await seedGate(redis, eventId, gate, 'again')).toBe('seeded');
    await redis.flushdb();
    expect(await seedGate(redis, eventId, { ...gate, opensAtMs: await redisNowMs() }, 'again')).toBe('late');
    expect(await redis.exists(keys.gate)).toBe(0);
  });

  it('makes nothing where somebody may have claimed, and says what is there', async () => {
    const gate = await openGate({ opensAtMs: (await redisNowMs()) + 3_600_000, runId: sealOf(1_000) });
    const later = { ...gate, runId: sealOf(2_000) };
    expect(await seedGate(redis, eventId, later, 'keep', { seal: sealOf(1_000) })).toBe('exists');
    expect(await seedGate(redis, eventId, later, 'keep', { seal: sealOf(500) })).toBe('late');
    expect(await readGate(redis, eventId)).toEqual(gate);
    await redis.flushdb();
    expect(await seedGate(redis, eventId, later, 'keep')).toBe('late');
    expect(await redis.dbsize()).toBe(0);
  });

  it('refuses to open over what is left of a lost round', async () => {
    const gate = await openGate();
    await decide('a');
    await redis.del(keys.gate);
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('leftover');
    await redis.del(keys.winners);
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('leftover');
  });

  it('replaces a gate until somebody trusts it, by a later one only, and keeps what was changed in it alone', async () => {
    const gate = await openGate({ runId: sealOf(1_000) });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
    await redis.hset(keys.gate, 'carry', '[]', 'paused', 1);
    const next: Gate = { ...gate, stock: 9, strategy: 'unsafe', version: 2, runId: sealOf(2_000) };
    expect(await seedGate(redis, eventId, next, 'first')).toBe('seeded');
    expect(await readGate(redis, eventId)).toEqual({ ...next, pendingChanges: '[]', paused: true });
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('newer');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'again')).toBe('late');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'again', { seal: sealOf(2_000) })).toBe(
      'exists',
    );
    expect(await trustGate(redis, eventId, next, runId)).toBe('trusted');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'first')).toBe('exists');
    expect(await readGate(redis, eventId)).toMatchObject({ stock: 9, runId });
  });

  it('takes a rebuilt round only with all its winners', async () => {
    const gate = await openGate({ issued: 0 });
    await redis.flushdb();
    await redis.hset(keys.winners, 'a', '1:5');
    expect(await seedGate(redis, eventId, { ...gate, issued: 2 }, 'rebuilt')).toBe('leftover');
    expect(await seedGate(redis, eventId, { ...gate, issued: 1 }, 'rebuilt')).toBe('seeded');
    expect(await serials('a', 'b')).toEqual([1, 2]);
  });
});

describe('configuring', () => {
  type Carried = Parameters<typeof configureGate>[3];
  const configure = (gate: Gate, change: Partial<Gate>, carried: Carried = { pendingBefore: '', pendingChanges: '' }) =>
    configureGate(redis, eventId, { ...gate, version: gate.version + 1, ...change }, carried);

  it('takes newer versions only, so that a late one cannot undo a newer', async () => {
    const gate = await openGate();
    expect(await configure(gate, { version: 5, stock: 9 })).toEqual({ kind: 'configured' });
    expect(await configure(gate, { version: 4, stock: 1 })).toEqual({ kind: 'older', version: 5 });
    expect(await configure(gate, { version: 5, stock: 1 })).toEqual({ kind: 'older', version: 5 });
    expect((await readGate(redis, eventId))?.stock).toBe(9);
  });

  it('keeps the stock at what is issued, and says how much that is', async () => {
    const gate = await openGate();
    await decide('a', 'b');
    expect(await configure(gate, { stock: 1 })).toEqual({ kind: 'below_issued', issued: 2 });
    expect(await configure(gate, { stock: 2 })).toEqual({ kind: 'configured' });
    const soldOut = await readGate(redis, eventId);
    expect(soldOut?.soldOutAtMs).toBe(soldOut?.lastAtMs);
    expect(await serials('c')).toEqual([null]);
  });

  it('reopens a sold-out round by a top-up', async () => {
    const gate = await openGate();
    await decide('a', 'b', 'c');
    expect(await configure(gate, { stock: 4 })).toEqual({ kind: 'configured' });
    expect((await readGate(redis, eventId))?.soldOutAtMs).toBeNull();
    expect(await serials('d', 'e')).toEqual([4, null]);
  });

  it('keeps the opening time of an open round and the end of a closed one', async () => {
    const gate = await openGate();
    expect(await configure(gate, { opensAtMs: gate.opensAtMs + 9_000 })).toEqual({
      kind: 'open',
      opensAtMs: gate.opensAtMs,
    });
    await configure(gate, { closed: true });
    expect(await configure(gate, { version: 9, closed: false })).toEqual({ kind: 'closed' });
  });

  it('takes a stock that nobody confirmed only while the round is not open, by its own clock', async () => {
    const unconfirmed = { pendingBefore: '', pendingChanges: '', cutFrom: 3 };
    const [seconds] = await redis.time();
    const nowMs = Number(seconds) * 1_000;
    const scheduled = await openGate({ opensAtMs: nowMs + 60_000 });
    expect(await configure(scheduled, { stock: 2 }, unconfirmed)).toEqual({ kind: 'configured' });
    await redis.flushdb();
    const gate = await openGate({ issued: 0, opensAtMs: nowMs - 5_000, closesAtMs: nowMs + 60_000 });
    await decide('a');
    const refused = { kind: 'open_cut', from: 3, to: 2, issued: 1 };
    for (const paused of [true, false]) {
      expect(await configure(gate, { stock: 2, paused }, unconfirmed)).toEqual(refused);
      await redis.hset(keys.gate, 'paused', '1');
    }
    expect(await readGate(redis, eventId)).toMatchObject({ version: gate.version, stock: 3 });
    expect(await configure(gate, { stock: 2 })).toEqual({ kind: 'configured' });
    await redis.hset(keys.gate, 'closesAt', nowMs - 1_000);
    expect(await configure(gate, { version: 9, stock: 1 }, unconfirmed)).toEqual({ kind: 'configured' });
  });

  it('is not undone before what only the gate has was carried on', async () => {
    const gate = await openGate();
    await configure(gate, { paused: true }, { pendingBefore: '', pendingChanges: 'paused by kim' });
    expect(await configure(gate, { version: 7 })).toEqual({ kind: 'uncarried', pendingChanges: 'paused by kim' });
    const pendingBefore = 'paused by kim';
    expect(await configure(gate, { version: 7 }, { pendingBefore, pendingChanges: '' })).toEqual({
      kind: 'configured',
    });
    // Two who carried the same at once: the second finds nothing left to acknowledge.
    expect(await configure(gate, { version: 8 }, { pendingBefore, pendingChanges: '' })).toEqual({
      kind: 'configured',
    });
  });

  it('goes on above a range that is reserved, once, and only from right above the counter', async () => {
    const gate = await openGate({ stock: 9 });
    await decide('a', 'b');
    expect(await configure(gate, { reserved: '2-4' })).toEqual({ kind: 'not_next', issued: 2 });
    expect(await configure(gate, { reserved: '4-5' })).toEqual({ kind: 'not_next', issued: 2 });
    expect(await configure(gate, { reserved: '3-5', stock: 4 })).toEqual({ kind: 'below_issued', issued: 5 });
    expect(await readGate(redis, eventId)).toMatchObject({ version: 1, issued: 2, vacant: 0, reserved: '', stock: 9 });
    for (const version of [2, 3]) {
      expect(await configure(gate, { version, reserved: '3-5' })).toEqual({ kind: 'configured' });
      expect(await readGate(redis, eventId)).toMatchObject({ version, issued: 5, vacant: 3, reserved: '3-5' });
    }
    expect(await serials('c')).toEqual([6]);
    expect(await configure(gate, { version: 4, reserved: '3-5 7-7' })).toEqual({ kind: 'configured' });
    expect(await serials('d', 'a')).toEqual([8, 1]);
    // Who does not know of what is reserved takes nothing of it back.
    expect(await configure(gate, { version: 5, reserved: '' })).toEqual({ kind: 'not_next', issued: 8 });
  });

  it('says where there is no gate, or another round', async () => {
    const gate = await openGate();
    expect(await configure(gate, { round: 2 })).toEqual({ kind: 'round', round: 1 });
    await redis.flushdb();
    expect(await configure(gate, {})).toEqual({ kind: 'no_gate' });
  });
});

describe('trusting', () => {
  it('trusts a gate that is as it was compared, or further', async () => {
    const seen = { round: 1, issued: 0, runId: 'before the restart' };
    await openGate({ runId: seen.runId });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
    expect(await trustGate(redis, eventId, { ...seen, issued: 5 }, runId)).toBe('changed');
    expect(await trustGate(redis, eventId, { ...seen, runId: 'of another gate' }, runId)).toBe('changed');
    expect(await trustGate(redis, eventId, seen, runId)).toBe('trusted');
    expect(await trustGate(redis, eventId, seen, runId)).toBe('trusted');
    expect(await serials('a')).toEqual([1]);
  });
});
