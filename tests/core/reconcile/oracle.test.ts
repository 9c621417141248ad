import { expect, it } from 'vitest';
import { compareClaims, type KnownClaim } from '../../../core/compare/compare-claims.ts';
import { readOutbox } from '../../../core/engines/stream/outbox.ts';
import { parseWinner } from '../../../core/gate/gate-scripts.ts';
import { seededRandom } from '../../proof/simulated-sale.ts';
import { useLab } from '../../support/lab.ts';
import { tenClaims, type Sale } from './sale.ts';

const lab = useLab();

/** Plants one random fault in the stores. The faults concern claims up to the counter. */
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

it.each(Array.from({ length: 40 }, (_, i) => i + 1))(
  'a reconcile that reads page by page finds the same faults as a comparison of all claims at once (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const sale = await tenClaims(lab, 'redis-stream');
    const plants = 1 + Math.floor(random() * 5);
    for (let plant = 0; plant < plants; plant += 1) await plantOne(sale, random);
    const stored = await everything(sale);
    const top = Math.max(10, ...stored.outbox.map(({ serial }) => serial));
    const expected = compareClaims({ stock: 20, issued: top }, [stored]).findings;
    const counts = Object.fromEntries(expected.map(({ kind, count }) => [kind, count]));
    // A planted outbox entry may have a serial above the counter.
    if (top > 10) counts['counter_drift'] = top - 10;
    expect(await sale.found()).toEqual(counts);

    // A repair takes away nobody's claim: each winner and each user in MySQL keeps the same serial.
    await sale.reconcile(true);
    const after = await everything(sale);
    expect(after.winners).toEqual(expect.arrayContaining(stored.winners));
    expect(after.mysql).toEqual(expect.arrayContaining(stored.mysql));
    const again = await sale.reconcile(true);
    expect(again.repaired).toBe(0);
  },
);

/** Moves a number to a wrong place. The number belongs to a winner, or was just given out. */
async function plantPlace({ redis, keys, deleteRow }: Sale, random: () => number): Promise<void> {
  const number = String(1 + Math.floor(random() * 12));
  const atMs = 1_234_567_890_123;
  switch (Math.floor(random() * 4)) {
    case 0: {
      const holder = `late-${number}`;
      await redis.hset(keys.attempts, number, `${atMs}:${atMs + 5_000}:${holder}`);
      await redis.hset(keys.holders, holder, number);
      return;
    }
    case 1:
      await redis.zadd(keys.returned, number, number);
      return;
    case 2:
      await deleteRow(Number(number));
      return;
    default:
      await redis.hdel(keys.winners, `user-${number}`);
  }
}

it.each(Array.from({ length: 30 }, (_, i) => i + 1))(
  'a repair leaves each misplaced unit number in exactly one place, and the sale goes on (seed %i)',
  async (seed) => {
    const random = seededRandom(1_000 + seed);
    const sale = await tenClaims(lab, 'redis-counter-set');
    const { redis, keys, eventId } = sale;
    // Two more numbers, which were given out and then returned.
    await redis.hset(keys.gate, 'given', '12');
    await redis.zadd(keys.returned, 11, '11', 12, '12');
    const plants = 1 + Math.floor(random() * 5);
    for (let plant = 0; plant < plants; plant += 1) await plantPlace(sale, random);
    const before = await everything(sale);
    await sale.reconcile(true);
    const after = await everything(sale);
    expect(after.winners).toEqual(expect.arrayContaining(before.winners));
    expect(after.mysql).toEqual(expect.arrayContaining(before.mysql));
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 0, verdict: 'clean' });
    const places = [
      ...after.winners.map(({ serial }) => serial),
      ...(await redis.hkeys(keys.attempts)).map(Number),
      ...(await redis.zrange(keys.returned, '0', '-1')).map(Number),
    ];
    expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    // First the sweep settles the numbers whose writing has taken too long. Then the crowd takes the remaining numbers.
    await lab.sweep();
    const outcomes = await lab.race(
      eventId,
      Array.from({ length: 30 }, (_, i) => `new-${i}`),
    );
    expect(outcomes.filter(({ status }) => status === 'issued')).toHaveLength(20 - after.winners.length);
    expect((await sale.rows()).map(({ serial }) => serial)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  },
);
