import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { triesKeys } from '../../../../core/redis/keys.ts';
import { loadScript } from '../../../../core/redis/script.ts';
import { openDirect } from '../../../support/system.ts';
import { useTestStores } from '../../../support/use-stores.ts';
import { waitFor } from '../../../support/wait-for.ts';

/** Runs the script that counts tries on a real Redis. */
const stores = useTestStores();
let redis: Redis;
beforeAll(() => {
  const direct = openDirect(stores);
  redis = direct.redis;
  return () => direct[Symbol.asyncDispose]();
});

const script = loadScript(new URL('../../../../core/engines/tries/lua/count-tries.lua', import.meta.url));

type Sent = { max: number; windowMs: number; process?: string; number: number };

/** Sends a batch. Returns for each try whether it passed, and how long its user must wait if it did not. */
async function count(eventId: string, { max, windowMs, process = 'p1', number }: Sent, users: string[]) {
  const { tries, counted } = triesKeys(eventId);
  const reply = await script(redis, [tries, counted], [max, windowMs, process, number, ...users]);
  return (reply as number[]).map((waitMs) => ({ passed: waitMs === 0, waitMs }));
}
const passedOf = (verdicts: { passed: boolean }[]): boolean[] => verdicts.map(({ passed }) => passed);

const limit = { max: 3, windowMs: 60_000 };
const someEvent = (): string => `ev_${randomUUID().slice(0, 8)}`;

describe('an event’s tries', () => {
  it('are counted by user, however they are spread over batches and processes', async () => {
    const eventId = someEvent();
    expect(passedOf(await count(eventId, { ...limit, number: 1 }, ['kim', 'kim', 'lee']))).toEqual([true, true, true]);
    const other = { ...limit, process: 'p2', number: 1 };
    const verdicts = await count(eventId, other, ['kim', 'kim', 'lee', 'lee', 'lee']);
    expect(passedOf(verdicts)).toEqual([true, false, true, true, false]);
    expect(verdicts[1]?.waitMs).toBeGreaterThan(limit.windowMs / 2);
    expect(verdicts[1]?.waitMs).toBeLessThanOrEqual(limit.windowMs);
  });

  it('are counted once if a batch is sent twice, and get the same answers both times', async () => {
    const eventId = someEvent();
    const users = ['kim', 'kim', 'lee', 'kim', 'kim'];
    const first = await count(eventId, { ...limit, number: 7 }, users);
    expect(await count(eventId, { ...limit, number: 7 }, users)).toEqual(first);
    expect(passedOf(await count(eventId, { ...limit, number: 8 }, ['lee', 'lee', 'lee']))).toEqual([true, true, false]);
  });

  it('do not count if they are refused, so a user may try again one window after the oldest counted try', async () => {
    const eventId = someEvent();
    const short = { max: 2, windowMs: 300 };
    let number = 1;
    await count(eventId, { ...short, number }, ['kim', 'kim']);
    const again = async () => (await count(eventId, { ...short, number: (number += 1) }, ['kim']))[0]?.passed;
    await waitFor(again, { what: 'a try' });
    // The tries of users who never come back are removed too.
    await count(eventId, { ...short, number: (number += 1) }, ['lee', 'park']);
    await waitFor(async () => (await redis.exists(triesKeys(eventId).tries)) === 0, { what: 'the end of the keys' });
    expect(await redis.exists(triesKeys(eventId).counted)).toBe(0);
  });

  it('are removed once they no longer count, a few with each batch', async () => {
    const eventId = someEvent();
    const { tries } = triesKeys(eventId);
    const long = { max: 1, windowMs: 60_000 };
    const old = Array.from({ length: 200 }, (_, at) => [String(1_000 + at), `user-${at} 1`]).flat();
    await redis.zadd(tries, ...old);
    for (let number = 1; number <= 20; number += 1) await count(eventId, { ...long, number }, [`new-${number}`]);
    expect(await redis.zcard(tries)).toBe(20);
  });

  it('still count if the clock steps back by less than a window, and are forgotten if it steps back further', async () => {
    const eventId = someEvent();
    const { tries } = triesKeys(eventId);
    const nowUs = Date.now() * 1_000;
    await redis.zadd(tries, nowUs + 30_000_000, 'kim 1', nowUs + 30_000_000, 'kim 2', nowUs + 30_000_000, 'kim 3');
    const [kim, lee] = await count(eventId, { ...limit, number: 1 }, ['kim', 'lee']);
    expect([kim?.passed, lee?.passed]).toEqual([false, true]);
    expect(kim?.waitMs).toBe(60_000);
    await redis.zadd(tries, nowUs + 90_000_000, 'kim 1');
    expect(passedOf(await count(eventId, { ...limit, number: 2 }, ['kim', 'lee']))).toEqual([true, true]);
  });
});
