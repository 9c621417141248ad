import { expect, it } from 'vitest';
import { judgeUnits } from '../../../../core/engines/units/judge-units.ts';
import type { Db } from '../../../../core/mysql/open-db.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import type { RedisLink } from '../../../../core/redis/open-redis.ts';
import { singleLink } from '../../../../core/redis/redis-links.ts';
import { createLog } from '../../../../core/runtime/log.ts';
import { createStateChanges } from '../../../../core/runtime/state-changes.ts';
import type { Stores } from '../../../../core/stores/stores.ts';
import { eventWith } from '../../events/event-with.ts';

const nowMs = 10_000;
const keys = roundKeys('ev', 1);
const event = { ...eventWith(), strategy: 'redis-counter-set' as const };

type Row = { serial: number; userId: string; claimedAt: Date };
type Where = { serial?: { in: number[] }; userId?: { in: string[] } };

/** Stores with these attempts, returned numbers and claims. `done` lists the calls to the stores, in order. */
function storesWith({
  attempts = {},
  returned = [],
  rows = [],
  gate = 'there',
}: {
  attempts?: Record<string, string>;
  returned?: number[];
  rows?: Row[];
  gate?: 'there' | 'no_gate';
}) {
  const done: string[] = [];
  const client = {
    hgetall: () => Promise.resolve(attempts),
    zrange: () => Promise.resolve(returned.map(String)),
    evalsha: (_sha: string, keyCount: number, ...args: (string | number)[]) => {
      const settles = args.slice(0, keyCount).includes(keys.winners);
      const [, , , ...given] = args.slice(keyCount);
      const size = settles ? 3 : 2;
      const numbers = given.filter((_, i) => i % size === 0);
      if (numbers.length > 0) done.push(`${settles ? 'settle' : 'return'} ${numbers.join()}`);
      if (gate === 'no_gate') return Promise.resolve(['no_gate']);
      return Promise.resolve([settles ? 'settled' : 'returned', ...numbers.map(() => 1)]);
    },
  };
  const findMany = ({ where: { serial, userId } }: { where: Where }) => {
    if (serial !== undefined) done.push(`ask ${serial.in.join()}`);
    return Promise.resolve(rows.filter((row) => serial?.in.includes(row.serial) || userId?.in.includes(row.userId)));
  };
  const stores = {
    redis: singleLink({ client } as unknown as RedisLink),
    db: { claim: { findMany } } as unknown as Db,
    clock: { nowMs: () => nowMs },
    log: createLog('worker', 'silent'),
    logged: createStateChanges(),
  } as Partial<Stores> as Stores;
  return { stores, done };
}

const attempt = (userId: string, { expired }: { expired: boolean }) =>
  `5000:${expired ? nowMs - 1 : nowMs + 1}:${userId}`;

it('judging units leaves a unit alone if its writer may still be at work', async () => {
  const { stores, done } = storesWith({ attempts: { 1: attempt('a', { expired: false }) } });
  expect(await judgeUnits(stores, event)).toEqual({ settled: 0, returned: 0, open: 1 });
  expect(done).toEqual([]);
});

it('judging units records the user of a unit as a winner if MySQL has the claim, and does not return the number', async () => {
  const { stores, done } = storesWith({
    attempts: { 1: attempt('a', { expired: true }) },
    rows: [{ serial: 1, userId: 'a', claimedAt: new Date(5_000) }],
  });
  expect(await judgeUnits(stores, event)).toMatchObject({ settled: 1, returned: 0, open: 0 });
  expect(done.filter((step) => step.startsWith('return'))).toEqual([]);
});

it('judging units returns a number only after MySQL has confirmed that it has no claim with that number', async () => {
  const { stores, done } = storesWith({ attempts: { 1: attempt('a', { expired: true }) } });
  expect(await judgeUnits(stores, event)).toMatchObject({ returned: 1, open: 0 });
  expect(done).toEqual(['ask 1', 'return 1']);
});

it('judging units returns a number and settles the user’s claim if MySQL has that claim with another number', async () => {
  const { stores, done } = storesWith({
    attempts: { 2: attempt('a', { expired: true }) },
    rows: [{ serial: 1, userId: 'a', claimedAt: new Date(5_000) }],
  });
  expect(await judgeUnits(stores, event)).toMatchObject({ settled: 1, returned: 1 });
  expect(done).toEqual(['ask 2', 'settle 1', 'return 2']);
});

it('judging units finds a claim that MySQL stored after the claim’s number was returned', async () => {
  const { stores } = storesWith({
    returned: [3],
    rows: [{ serial: 3, userId: 'late', claimedAt: new Date(5_000) }],
  });
  expect(await judgeUnits(stores, event)).toMatchObject({ settled: 1, returned: 0 });
});

it('judging units asks MySQL in batches, and once about each unit', async () => {
  const attempts = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [String(i + 1), attempt(`user-${i + 1}`, { expired: true })]),
  );
  const { stores, done } = storesWith({ attempts });
  expect(await judgeUnits(stores, event)).toEqual({ settled: 0, returned: 300, open: 0 });
  const asked = done.filter((step) => step.startsWith('ask')).map((step) => step.split(',').length);
  expect(asked).toEqual([256, 44]);
});

it('judging units returns nothing while the gate cannot settle the claims that MySQL has', async () => {
  const { stores, done } = storesWith({
    attempts: { 1: attempt('a', { expired: true }), 2: attempt('b', { expired: true }) },
    rows: [{ serial: 1, userId: 'a', claimedAt: new Date(5_000) }],
    gate: 'no_gate',
  });
  await expect(judgeUnits(stores, event)).rejects.toThrow(/can't settle claims: no_gate/);
  expect(done).toEqual(['ask 1,2', 'settle 1']);
});
