import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareClaims, type KnownClaim } from '../../core/proof/compare-claims.ts';
import { parseWinner } from '../../core/redis/gate-scripts.ts';
import { readOutbox } from '../../core/redis/outbox.ts';
import { openLab, type Lab } from '../strategies/lab.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { seededRandom } from '../proof/simulated-sale.ts';
import { tenClaims, type Sale } from './sale.ts';

/** Planted at random, and several at once: what is found in pieces is what a comparison of everything at once finds. */
let stores: TestStores;
let lab: Lab;
beforeAll(async () => {
  stores = await createTestStores();
  lab = await openLab(stores);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

/** One thing that somebody does to the stores, to claims that the counter knows. */
async function plantOne({ redis, keys, deleteRow, plantRow, rows }: Sale, random: () => number): Promise<void> {
  const pick = () => 1 + Math.floor(random() * 10);
  const serial = pick();
  switch (Math.floor(random() * 7)) {
    case 0:
      await deleteRow(serial);
      return;
    case 1:
      await redis.hdel(keys.winners, `user-${serial}`);
      return;
    case 2:
      await redis.hset(keys.winners, `user-${serial}`, `${pick()}:1234567890123`);
      return;
    case 3:
      await redis.hset(keys.winners, `ghost-${serial}`, `${serial}:1234567890123`);
      return;
    case 4:
      if ((await rows()).every((row) => row.serial !== serial)) await plantRow(serial, `thief-${serial}`);
      return;
    case 5:
      await redis.xadd(keys.outbox, '*', 's', String(serial), 't', '1234567890123', 'u', `user-${pick()}`);
      return;
    default:
      await redis.xadd(
        keys.outbox,
        '*',
        's',
        String(serial),
        't',
        '1234567890123',
        'u',
        `stranger-${serial} user-${pick()}`,
      );
  }
}

/** Reads everything at once. */
async function everything({ eventId, redis, keys, rows }: Sale) {
  const winners = Object.entries(await redis.hgetall(keys.winners)).map(([userId, text]): KnownClaim => ({
    userId,
    code: null,
    ...parseWinner(text),
  }));
  const outbox = (await readOutbox(redis, eventId, 1, 1_000)).flatMap(({ firstSerial, claimedAtMs, userIds }) =>
    userIds.map((userId, i): KnownClaim => ({ userId, code: null, claimedAtMs, serial: firstSerial + i })),
  );
  const mysql = (await rows()).map(({ serial, userId, code, claimedAtMs }) => ({ serial, userId, code, claimedAtMs }));
  return { winners, outbox, mysql };
}

it.each(Array.from({ length: 40 }, (_, i) => i + 1))('seed %i', async (seed) => {
  const random = seededRandom(seed);
  const sale = await tenClaims(lab, 'redis-stream');
  const plants = 1 + Math.floor(random() * 5);
  for (let plant = 0; plant < plants; plant += 1) await plantOne(sale, random);
  const stored = await everything(sale);
  const top = Math.max(10, ...stored.outbox.map(({ serial }) => serial));
  const expected = compareClaims({ stock: 20, issued: top }, [stored]).findings;
  const counts = Object.fromEntries(expected.map(({ kind, count }) => [kind, count]));
  // The last entry of the outbox may end above the counter.
  if (top > 10) counts['counter_drift'] = top - 10;
  expect(await sale.found()).toEqual(counts);

  // A repair loses nobody: whoever was a winner, or in MySQL, is so afterwards, with the same serial.
  await sale.reconcile(true);
  const after = await everything(sale);
  expect(after.winners).toEqual(expect.arrayContaining(stored.winners));
  expect(after.mysql).toEqual(expect.arrayContaining(stored.mysql));
  const again = await sale.reconcile(true);
  expect(again.repaired).toBe(0);
});
