import { describe, expect, it } from 'vitest';
import { driftKinds } from '../../../core/compare/drift-kind.ts';
import { returnUnits, takeUnits } from '../../../core/engines/units/unit-scripts.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { reconcileEvent } from '../../../core/reconcile/reconcile-event.ts';
import { tester, useLab } from '../../support/lab.ts';
import { isRowStrategy, isUnitStrategy } from '../../support/strategy-families.ts';
import { kindsOf, tenClaims, type Sale } from './sale.ts';

/**
 * A reconcile finds every planted fault and nothing else. A repair fixes every fault that needs no decision by a
 * person.
 */
const lab = useLab();

type Planted = {
  what: string;
  plant: (sale: Sale) => Promise<unknown>;
  found: Record<string, number>;
  /** The findings that are left after a repair. Default: none. */
  left?: Record<string, number>;
  pauses?: boolean;
};

const nowMs = () => lab.first.clock.nowMs();

const inBothStores: Planted[] = [
  { what: 'a claim that MySQL lost', plant: ({ deleteRow }) => deleteRow(4), found: { missing_in_db: 1 } },
  {
    what: 'the last claims, which MySQL lost',
    plant: async ({ deleteRow }) => [await deleteRow(9), await deleteRow(10)],
    found: { missing_in_db: 2 },
  },
  {
    what: 'a winner whom Redis lost',
    plant: ({ redis, keys }) => redis.hdel(keys.winners, 'user-4'),
    found: { missing_in_redis: 1 },
  },
  {
    what: 'all winners gone',
    plant: ({ redis, keys }) => redis.del(keys.winners),
    found: { missing_in_redis: 10 },
  },
  {
    what: 'a winner with a different time',
    plant: ({ redis, keys }) => redis.hset(keys.winners, 'user-4', '4:1234567890123'),
    ...{ found: { conflict: 1 }, left: { conflict: 1 } },
  },
  {
    what: 'a winner with another user’s serial',
    plant: async ({ redis, keys }) =>
      redis.hset(keys.winners, 'user-4', (await redis.hget(keys.winners, 'user-5')) ?? ''),
    // Two users have the serial, and MySQL contradicts one of them. Serial 4 is not missing, because MySQL has it.
    ...{ found: { conflict: 2 }, left: { conflict: 2 } },
  },
  {
    what: 'a winner whom MySQL lacks and whose serial another user has',
    plant: async ({ redis, keys, deleteRow }) => {
      await deleteRow(4);
      await redis.hset(keys.winners, 'user-4', (await redis.hget(keys.winners, 'user-5')) ?? '');
    },
    ...{ found: { conflict: 1, missing_in_db: 1, serial_gap: 1 } },
    ...{ left: { conflict: 1, missing_in_db: 1, serial_gap: 1 } },
  },
  {
    what: 'a row with a different code',
    plant: ({ db, eventId }) =>
      db.claim.updateMany({ where: { eventId, serial: 4 }, data: { code: `WRONG-${eventId}` } }),
    ...{ found: { conflict: 1 }, left: { conflict: 1 } },
  },
  {
    what: 'a row that was inserted by hand for another user',
    plant: async ({ deleteRow, plantRow }) => [await deleteRow(4), await plantRow(4, 'thief')],
    // Two users have serial 4: one is a winner, the other has a row.
    ...{ found: { missing_in_db: 1, missing_in_redis: 1, conflict: 1 } },
    ...{ left: { missing_in_db: 1, missing_in_redis: 1, conflict: 1 } },
  },
  {
    what: 'a different stock in the gate',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'stock', '15'),
    found: { config_drift: 1 },
  },
  {
    what: 'a pause and a name in the gate that nobody requested',
    plant: async ({ redis, keys }) => {
      const info = JSON.parse((await redis.hget(keys.gate, 'info')) ?? '{}') as object;
      await redis.hset(keys.gate, 'paused', '1', 'info', JSON.stringify({ ...info, name: 'Other' }));
    },
    found: { config_drift: 2 },
  },
];

/** The stock is lowered below the number of issued claims, so the gate's counter is also above the stock. */
const aboveTheStock = (found: Record<string, number>): Planted => ({
  what: 'serials above the stock',
  plant: ({ redis, keys, eventId, db }) =>
    Promise.all([redis.hset(keys.gate, 'stock', '8'), db.round.updateMany({ where: { eventId }, data: { stock: 8 } })]),
  ...both(found),
});

const twoSerials: Planted = {
  what: 'a user with two serials',
  plant: ({ redis, keys }) => redis.xadd(keys.outbox, '*', 's', '5', 't', String(nowMs()), 'u', 'user-3'),
  // The stores have different serials for the user, and the second serial belongs to another user.
  ...both({ duplicate_user: 1, conflict: 2 }),
};

const inRoundTwo = async (sale: Sale): Promise<void> => {
  await lab.first.admin.reset({ eventId: sale.eventId, confirm: 'Opening sale' }, tester);
  await lab.first.admin.resume({ eventId: sale.eventId }, tester);
  for (let i = 1; i <= 10; i += 1) await lab.claim(sale.eventId, `user-${i}`);
  await lab.persisted({ eventId: sale.eventId, round: 2 });
};

const ofAnOlderRound: Planted[] = [
  {
    what: 'remains of a round that has left Redis',
    plant: async (sale) => {
      await inRoundTwo(sale);
      await lab.sweep();
      expect(await sale.redis.exists(sale.keys.winners)).toBe(0);
      await sale.redis.hset(sale.keys.winners, 'user-4', (await rowText(sale, 4)) ?? '');
    },
    found: { stale_round: 1 },
  },
  {
    what: 'a winner of the previous round whom MySQL lacks',
    plant: async (sale) => {
      await sale.deleteRow(4);
      await inRoundTwo(sale);
    },
    found: { stale_round: 1 },
  },
  {
    what: 'a winner of the previous round whose row in MySQL belongs to another user, so that the counts agree',
    plant: async (sale) => {
      await sale.deleteRow(4);
      await sale.plantRow(11, 'somebody-else');
      await inRoundTwo(sale);
    },
    found: { stale_round: 1 },
  },
];

/** The text that Redis stores for the winner of a round-1 claim, made from the claim's row. */
async function rowText({ db, eventId }: Sale, serial: number): Promise<string | undefined> {
  const row = await db.claim.findFirst({ where: { eventId, round: 1, serial } });
  return row === null ? undefined : `${serial}:${row.claimedAt.getTime()}`;
}

const ofTheStream: Planted[] = [
  {
    what: 'a counter that is behind',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'issued', '7'),
    found: { counter_drift: 3 },
  },
  {
    what: 'a counter that is ahead',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'issued', '12'),
    ...{ found: { counter_drift: 2 }, left: { counter_drift: 2 }, pauses: true },
  },
  {
    what: 'a count of vacant serials although none is vacant',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'vacant', '2'),
    found: { counter_drift: 2 },
  },
  {
    what: 'a serial without a claim',
    plant: async ({ redis, keys, deleteRow }) => [await deleteRow(4), await redis.hdel(keys.winners, 'user-4')],
    ...{ found: { serial_gap: 1 }, left: { serial_gap: 1 }, pauses: true },
  },
  twoSerials,
  {
    what: 'an outbox entry whose user is not a winner',
    plant: async ({ redis, keys, deleteRow }) => {
      const [, claimedAtMs = ''] = ((await redis.hget(keys.winners, 'user-10')) ?? '').split(':');
      await deleteRow(10);
      await redis.hdel(keys.winners, 'user-10');
      await redis.xadd(keys.outbox, '*', 's', '10', 't', claimedAtMs, 'u', 'user-10');
    },
    found: { missing_in_redis: 1 },
  },
  aboveTheStock({ over_stock: 3 }),
  {
    what: 'a claim above the counter that only MySQL has',
    plant: ({ plantRow }) => plantRow(12, 'ghost'),
    // Nobody has serial 11.
    ...{ found: { missing_in_redis: 1, counter_drift: 2, serial_gap: 1 }, left: { serial_gap: 1 }, pauses: true },
  },
];

const recordAttempt = async ({ redis, keys }: Sale, number: number, holder: string, atMs = nowMs()): Promise<void> => {
  await redis.hset(keys.attempts, String(number), `${atMs}:${atMs + 5_000}:${holder}`);
  await redis.hset(keys.holders, holder, String(number));
};

const ofCounters: Planted[] = [
  twoSerials,
  aboveTheStock({ over_stock: 2 }),
  {
    what: 'a count of settled units that is too high',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'issued', '12'),
    found: { counter_drift: 2 },
  },
  {
    what: 'a count of settled units that is too low',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'issued', '7'),
    found: { counter_drift: 3 },
  },
  {
    what: 'a count of given numbers that is too high',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'given', '12'),
    found: { counter_drift: 2 },
  },
  {
    what: 'a count of given numbers that is too low',
    plant: ({ redis, keys }) => redis.hset(keys.gate, 'given', '7'),
    found: { counter_drift: 3 },
  },
  {
    what: 'a returned number that a winner has',
    plant: ({ redis, keys }) => redis.zadd(keys.returned, 4, '4'),
    found: { counter_drift: 1 },
  },
  {
    what: 'a number that another user is writing although a winner has it',
    plant: (sale) => recordAttempt(sale, 4, 'late'),
    found: { counter_drift: 1 },
  },
  {
    what: 'a number that its own winner is still writing',
    plant: (sale) => recordAttempt(sale, 4, 'user-4'),
    found: { counter_drift: 1 },
  },
  {
    what: 'numbers that are still recorded as being written long after their users won, when MySQL has lost one of those users’ claims',
    plant: async (sale) => {
      for (const serial of [4, 5]) await recordAttempt(sale, serial, `late-${serial}`, nowMs() - 60_000);
      await sale.deleteRow(5);
    },
    found: { missing_in_db: 1 },
  },
  {
    what: 'a returned number that is also being written',
    plant: async (sale) => {
      await sale.redis.hset(sale.keys.gate, 'given', '11');
      await recordAttempt(sale, 11, 'late');
      await sale.redis.zadd(sale.keys.returned, 11, '11');
    },
    found: { counter_drift: 1 },
  },
  {
    what: 'a number that is in no store',
    plant: async ({ redis, keys, deleteRow }) => [await deleteRow(4), await redis.hdel(keys.winners, 'user-4')],
    found: { serial_gap: 1 },
  },
  {
    what: 'a claim above the given numbers that only MySQL has',
    plant: ({ plantRow }) => plantRow(12, 'ghost'),
    found: { missing_in_redis: 1, counter_drift: 2, serial_gap: 1 },
  },
];

const ofMySql: Planted[] = [
  { what: 'a serial without a claim', plant: ({ deleteRow }) => deleteRow(4), ...both({ serial_gap: 1 }) },
  {
    what: 'serials above the stock',
    plant: ({ db, eventId }) => db.round.updateMany({ where: { eventId }, data: { stock: 8 } }),
    ...both({ over_stock: 2 }),
  },
  {
    what: 'a row with a different code',
    plant: ({ db, eventId }) =>
      db.claim.updateMany({ where: { eventId, serial: 4 }, data: { code: `WRONG-${eventId}` } }),
    ...both({ conflict: 1 }),
  },
];

function both(kinds: Record<string, number>): Pick<Planted, 'found' | 'left'> {
  return { found: kinds, left: kinds };
}

/** The planted faults that apply to a strategy. If MySQL decides, all faults are in MySQL. */
function plantedFor(strategy: StrategyName): Planted[] {
  if (isRowStrategy(strategy)) return ofMySql;
  return [...inBothStores, ...(isUnitStrategy(strategy) ? ofCounters : ofTheStream), ...ofAnOlderRound];
}

describe('the planted cases', () => {
  it.each(realStrategyNames)('cover every kind of drift that %s can have', (strategy) => {
    // A row strategy has only one store. Its unique keys refuse a second row with the same user or serial.
    const possible = isRowStrategy(strategy) ? ['conflict', 'over_stock', 'serial_gap'] : [...driftKinds];
    const kinds = new Set(plantedFor(strategy).flatMap(({ found }) => Object.keys(found)));
    expect([...kinds].sort()).toEqual([...possible].sort());
  });

  it.each(realStrategyNames.filter((name) => isRowStrategy(name)))(
    'leave out faults that MySQL’s keys refuse and faults that only Redis can have, under %s',
    async (strategy) => {
      const sale = await tenClaims(lab, strategy);
      await expect(sale.plantRow(11, 'user-4')).rejects.toMatchObject({ code: 'P2002' });
      await expect(sale.plantRow(4, 'thief')).rejects.toMatchObject({ code: 'P2002' });
      await sale.redis.hset(sale.keys.gate, 'round', '1', 'issued', '7', 'stock', '3');
      await sale.redis.hset(sale.keys.winners, 'ghost', '11:1');
      await sale.redis.xadd(sale.keys.outbox, '*', 's', '12', 't', '1', 'u', 'other');
      expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 0, issued: 10, persisted: 10 });
      await sale.redis.del(sale.keys.gate, sale.keys.winners, sale.keys.outbox);
    },
  );
});

describe.each<[StrategyName, Planted[]]>(realStrategyNames.map((strategy) => [strategy, plantedFor(strategy)]))(
  'a reconcile of %s',
  (strategy, planted) => {
    it.each(planted)(
      'finds $what, and repairs it unless a person must decide',
      async ({ plant, found, left = {}, pauses = false }) => {
        const sale = await tenClaims(lab, strategy);
        expect(await sale.reconcile()).toMatchObject({ findings: [], verdict: 'clean', issued: 10, persisted: 10 });
        await plant(sale);
        expect(await sale.found()).toEqual(found);
        expect(await sale.found()).toEqual(found);
        const repaired = await sale.reconcile(true);
        expect(kindsOf(repaired)).toEqual(left);
        expect(repaired.verdict).toBe(Object.keys(left).length === 0 ? 'clean' : 'drift');
        if (Object.keys(left).length === 0) {
          expect(repaired.repaired).toBeGreaterThan(0);
          expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 0 });
        }
        expect((await lab.first.admin.get(sale.eventId)).paused).toBe(pauses);
      },
    );
  },
);

describe('a reconcile', () => {
  it.each(realStrategyNames)('finds nothing in a healthy event of %s', async (strategy) => {
    const sale = await tenClaims(lab, strategy);
    expect(await sale.reconcile()).toEqual({
      ...{ eventId: sale.eventId, round: 1, issued: 10, persisted: 10, pending: 0, reserved: 0 },
      ...{ findings: [], repaired: 0, verdict: 'clean', advice: [], adviceReasons: [] },
    });
  });

  it('finds nothing in an event that has no claims, is not seeded or is closed', async () => {
    for (const strategy of realStrategyNames) {
      const hour = 3_600_000;
      const early = await lab.createEvent({ strategy, opensAtMs: nowMs() + hour });
      const open = await lab.createEvent({ strategy });
      const closed = await lab.createEvent({ strategy });
      await lab.first.admin.close({ eventId: closed.eventId }, tester);
      for (const { eventId } of [early, open, closed]) {
        const found = await lab.first.admin.reconcile({ eventId, repair: false }, tester);
        expect({ strategy, ...found }).toMatchObject({ strategy, findings: [], issued: 0 });
      }
    }
  });

  it('finds nothing in a retired round', async () => {
    const sale = await tenClaims(lab, 'redis-stream', 10);
    await lab.sweep(0);
    await lab.sweep(0);
    expect(await sale.redis.exists(sale.keys.gate)).toBe(0);
    expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 10, persisted: 10 });
  });

  it('finds nothing in a round that is retired, rebuilt and retired again while the reconcile runs', async () => {
    const sale = await tenClaims(lab, 'redis-stream', 10);
    let over = false;
    const tending = (async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        await lab.sweep(0);
        if (turn % 2 === 0) {
          await sale.db.round.updateMany({ where: { eventId: sale.eventId }, data: { rebuildingAt: new Date() } });
        }
      }
      over = true;
    })();
    while (!over) expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 10, persisted: 10 });
    await tending;
  });

  it('does not report claims as missing while they are on their way to MySQL', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    for (const user of ['late-1', 'late-2', 'late-3']) await lab.claim(sale.eventId, user);
    expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 13, persisted: 10, pending: 3 });
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 0, pending: 3 });
  });

  it('does not report returned numbers, or numbers that are being written, as gaps in the serials', async () => {
    const { eventId, keys, redis, reconcile } = await tenClaims(lab, 'redis-counter-set');
    const runId = lab.first.stores.redis.system.runId() ?? '';
    const expected = { round: 1, runId, strategy: 'redis-counter-set' } as const;
    const wanted = { unitsMax: 3, callId: '', users: ['a', 'b', 'c'] };
    const taken = await takeUnits(redis, keys, expected, wanted);
    if (taken.kind !== 'decided') throw new Error(taken.kind);
    const units = taken.results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : []));
    await returnUnits(redis, keys, expected, units.slice(0, 1));
    expect(await reconcile()).toMatchObject({ findings: [], issued: 10, pending: 2 });
    expect(await reconcile(true)).toMatchObject({ findings: [], repaired: 0, pending: 2 });
    await returnUnits(redis, keys, expected, units);
    expect(eventId).not.toBe('');
  });
});

it.each(['redis-counter', 'redis-counter-set'] as const)(
  'a retired round of %s may lack returned numbers if it was closed, but not if it sold out',
  async (strategy) => {
    const closed = await tenClaims(lab, strategy);
    const { eventId, keys, redis } = closed;
    const runId = lab.first.stores.redis.system.runId() ?? '';
    const expected = { round: 1, runId, strategy };
    const taken = await takeUnits(redis, keys, expected, { unitsMax: 1, callId: '', users: ['a'] });
    if (taken.kind !== 'decided') throw new Error(taken.kind);
    expect(await lab.claim(eventId, 'b')).toMatchObject({ serial: 12 });
    const units = taken.results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : []));
    expect(await returnUnits(redis, keys, expected, units)).toBe(1);
    await lab.first.admin.close({ eventId }, tester);
    const soldOut = await tenClaims(lab, strategy, 10);
    for (let turn = 0; turn < 3; turn += 1) await lab.sweep(0);
    for (const sale of [closed, soldOut]) {
      expect(await redis.exists(sale.keys.gate)).toBe(0);
      expect(await sale.reconcile()).toMatchObject({ findings: [], verdict: 'clean' });
    }
    await soldOut.deleteRow(4);
    expect(await soldOut.found()).toEqual({ serial_gap: 1 });
  },
);

it('a lost number is returned once, even if another repair has already returned it and a user has taken it', async () => {
  const sale = await tenClaims(lab, 'redis-counter-set');
  const { eventId, keys, redis } = sale;
  for (const serial of [7, 9]) {
    await sale.deleteRow(serial);
    await redis.hdel(keys.winners, `user-${serial}`);
    await redis.hincrby(keys.gate, 'issued', -1);
  }
  const { db } = lab.first.stores;
  let looked = false;
  // After this repair has read that MySQL has neither number, another repair returns number 7, and lee gets it.
  const findMany = async (query: { select?: object }): Promise<unknown> => {
    const rows: unknown = await db.claim.findMany(query);
    if (looked || query.select === undefined) return rows;
    looked = true;
    await sale.plantRow(7, 'lee');
    await redis.hset(keys.winners, 'lee', `7:${nowMs()}`);
    await redis.hincrby(keys.gate, 'issued', 1);
    return rows;
  };
  const claim = new Proxy(db.claim, {
    get: (target, name) => (name === 'findMany' ? findMany : (Reflect.get(target, name) as unknown)),
  });
  const watched = new Proxy(db, {
    get: (target, name) => (name === 'claim' ? claim : (Reflect.get(target, name) as unknown)),
  });
  await reconcileEvent({ ...lab.first.stores, db: watched }, { eventId, repair: true }, tester);
  expect(looked).toBe(true);
  expect(await redis.zrange(keys.returned, '0', '-1')).toEqual(['9']);
});

it('several simultaneous repairs fix numbers that are in two places, while everybody claims', async () => {
  const sale = await tenClaims(lab, 'redis-counter-set');
  const { eventId, keys, redis } = sale;
  for (const serial of [2, 4, 6]) await recordAttempt(sale, serial, `late-${serial}`);
  let over = false;
  const crowd = Promise.all(
    Array.from({ length: 15 }, async (_, i) => {
      // The event is stopped until its numbers are consistent, so calls fail until then.
      while (!over) await lab.submit(eventId, `new-${i}`).catch(() => undefined);
    }),
  );
  const repaired = await Promise.all([sale.reconcile(true), sale.reconcile(true), sale.reconcile(true)]);
  await expect.poll(async () => (await sale.rows()).length).toBe(20);
  over = true;
  await crowd;
  expect(Math.max(...repaired.map(({ repaired: count }) => count))).toBeGreaterThan(0);
  expect(await sale.reconcile(true)).toMatchObject({ findings: [], issued: 20, persisted: 20, pending: 0 });
  expect(await redis.hkeys(keys.attempts)).toEqual([]);
  expect(new Set((await sale.rows()).map(({ userId }) => userId)).size).toBe(20);
});

it('a reconcile accepts returned numbers above a lowered stock', async () => {
  const sale = await tenClaims(lab, 'redis-counter-set');
  const { eventId, keys, redis } = sale;
  const runId = lab.first.stores.redis.system.runId() ?? '';
  const expected = { round: 1, runId, strategy: 'redis-counter-set' } as const;
  const taken = await takeUnits(redis, keys, expected, { unitsMax: 3, callId: '', users: ['a', 'b', 'c'] });
  if (taken.kind !== 'decided') throw new Error(taken.kind);
  await returnUnits(
    ...([redis, keys, expected] as const),
    taken.results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : [])),
  );
  await lab.first.admin.update({ eventId, stock: 11, confirm: 'Opening sale' }, tester);
  expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 10 });
  await redis.zrem(keys.returned, '13');
  expect(await sale.found()).toEqual({ counter_drift: 1 });
  expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 1 });
  expect(await redis.zrange(keys.returned, '0', '-1')).toEqual(['11', '12', '13']);
});

it('a reconcile of an event that does not exist is refused', async () => {
  await expect(lab.first.admin.reconcile({ eventId: 'nowhere', repair: true }, tester)).rejects.toMatchObject({
    code: 'not_found',
  });
});
