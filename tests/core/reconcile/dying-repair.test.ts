import { describe, expect, it } from 'vitest';
import type { StrategyName } from '../../../core/events/event.ts';
import { reconcileEvent } from '../../../core/reconcile/reconcile-event.ts';
import { singleLink } from '../../../core/redis/redis-links.ts';
import type { Stores } from '../../../core/stores/stores.ts';
import { tester, useLab } from '../../support/lab.ts';
import { tenClaims, type Sale } from './sale.ts';

/**
 * A repair dies at each of its commands to Redis in turn, and after each of its commits to MySQL. The next repair or
 * the sweep completes the work, and reports that an earlier repair did not finish.
 */
const lab = useLab();

/** Returns the lab's stores for a process that dies after it has sent `commands` commands to Redis. */
function dyingAfter(commands: number): { stores: Stores; sent: () => number } {
  const { stores: alive } = lab.first;
  let sent = 0;
  const client = new Proxy(alive.redis.system.client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        sent += 1;
        if (sent > commands) throw new Error('the process died here');
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { stores: { ...alive, redis: singleLink({ ...alive.redis.system, client }) }, sent: () => sent };
}

/** Returns the lab's stores for a process that dies after `commits` commits to MySQL. */
function dyingAfterCommits(commits: number): { stores: Stores; made: () => number } {
  const { stores: alive } = lab.first;
  let made = 0;
  const committing = (work: (...args: unknown[]) => unknown) => {
    return async (...args: unknown[]): Promise<unknown> => {
      if (made >= commits) throw new Error('the process died here');
      const result = await work(...args);
      made += 1;
      if (made >= commits) throw new Error('the process died here');
      return result;
    };
  };
  const writes = new Set(['$transaction', '$executeRaw', 'update', 'updateMany', 'create']);
  const watched = <Target extends object>(target: Target, names: ReadonlySet<string>): Target =>
    new Proxy(target, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === 'function') {
          const bound = (value as (...args: unknown[]) => unknown).bind(target);
          return names.has(String(name)) ? committing(bound) : bound;
        }
        return name === 'round' || name === 'auditEntry' ? watched(value as object, names) : value;
      },
    });
  return { stores: { ...alive, db: watched(alive.db, writes) }, made: () => made };
}

const losses: [string, (sale: Sale) => Promise<unknown>][] = [
  ['a lost gate', ({ redis, keys }) => redis.del(keys.gate, keys.winners)],
  [
    'a gate that has lost half of its winners',
    ({ redis, keys }) => redis.hdel(keys.winners, 'user-2', 'user-4', 'user-6'),
  ],
  [
    'a gate that is older than MySQL',
    ({ redis, keys }) => redis.multi().hset(keys.gate, 'issued', '8').hdel(keys.winners, 'user-9', 'user-10').exec(),
  ],
  ['a gate that somebody has changed', ({ redis, keys }) => redis.hset(keys.gate, 'stock', '15', 'issued', '7')],
];

const repair = (by: Stores, eventId: string) => reconcileEvent(by, { eventId, repair: true }, tester);

const dies = (by: Stores, eventId: string): Promise<boolean> =>
  repair(by, eventId).then(
    () => false,
    () => true,
  );

async function expectMended(sale: Sale, died: boolean): Promise<void> {
  expect((await sale.reconcile()).advice.join().includes('has not ended')).toBe(died);
  const mended = await sale.reconcile(true);
  expect(mended).toMatchObject({ findings: [], issued: 10, persisted: 10 });
  expect(mended.advice.join().includes('has not ended')).toBe(died);
  const paused = await lab.first.admin.get(sale.eventId).then((event) => event.paused);
  if (died) expect(mended.advice.join().includes(`coupon-admin event resume ${sale.eventId}`)).toBe(paused);
  expect((await sale.reconcile()).advice).toEqual([]);
  const replay = await lab.claim(sale.eventId, 'user-10');
  expect(replay).toMatchObject({ status: 'issued', serial: 10, replayed: true });
  expect((await sale.rows()).map(({ serial }) => serial)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

describe.each(losses)('%s', (_what, lose) => {
  it('is repaired even if the first repair dies at any command to Redis', { timeout: 240_000 }, async () => {
    const whole = await tenClaims(lab, 'redis-stream');
    await lose(whole);
    const counting = dyingAfter(Infinity);
    expect(await repair(counting.stores, whole.eventId)).toMatchObject({ findings: [] });
    const commandsAll = counting.sent();
    expect(commandsAll).toBeGreaterThan(10);
    for (let commands = 0; commands < commandsAll; commands += 1) {
      const sale = await tenClaims(lab, 'redis-stream');
      await lose(sale);
      // Two repairs may send different numbers of commands, so this repair may survive, or its last steps may stay
      // untested.
      const died = await dies(dyingAfter(commands).stores, sale.eventId);
      if (commands % 2 === 0) await lab.sweep();
      await expectMended(sale, died);
    }
  });
});

describe.each<[StrategyName, string, (sale: Sale) => Promise<unknown>]>([
  ...losses.map(([what, lose]): [StrategyName, string, typeof lose] => ['redis-stream', what, lose]),
  ['redis-counter-set', 'a lost gate', ({ redis, keys }) => redis.del(keys.gate, keys.winners)],
])('with %s, %s', (strategy, _what, lose) => {
  it('is repaired even if the first repair dies after any commit', { timeout: 240_000 }, async () => {
    const whole = await tenClaims(lab, strategy);
    await lose(whole);
    const counting = dyingAfterCommits(Infinity);
    expect(await repair(counting.stores, whole.eventId)).toMatchObject({ findings: [] });
    // The start of the repair and its end each have an audit entry.
    expect(counting.made()).toBeGreaterThanOrEqual(2);
    for (let commits = 1; commits <= counting.made(); commits += 1) {
      const sale = await tenClaims(lab, strategy);
      await lose(sale);
      expect(await dies(dyingAfterCommits(commits).stores, sale.eventId)).toBe(true);
      if (commits % 2 === 0) await lab.sweep();
      await expectMended(sale, commits < counting.made());
    }
  });
});

describe.each(losses)('repairing %s', (_what, lose) => {
  it(
    'stops at any step, with the caller’s reason, if the caller aborts the repair, and the next repair completes the work',
    { timeout: 240_000 },
    async () => {
      const whole = await tenClaims(lab, 'redis-stream');
      await lose(whole);
      const steps: string[] = [];
      const watch = ({ step }: { step: string }) => void steps.push(step);
      await reconcileEvent(lab.first.stores, { eventId: whole.eventId, repair: true }, tester, { watch });
      // Includes the steps of the reconcile that follows the repair.
      expect(steps[0]).toBe('gate');
      expect(steps.filter((step) => step === 'claims in MySQL').length).toBeGreaterThanOrEqual(2);
      for (let last = 1; last <= steps.length; last += 1) {
        const sale = await tenClaims(lab, 'redis-stream');
        await lose(sale);
        const leaving = new AbortController();
        const why = new Error('the caller went away');
        let heard = 0;
        const leave = () => {
          heard += 1;
          if (heard === last) leaving.abort(why);
        };
        const options = { watch: leave, signal: leaving.signal };
        const repairing = reconcileEvent(lab.first.stores, { eventId: sale.eventId, repair: true }, tester, options);
        await expect(repairing).rejects.toBe(why);
        // After the abort, one more step may be reported before its first page is read.
        expect(heard - last).toBeLessThanOrEqual(1);
        await expectMended(sale, true);
      }
    },
  );
});

it('a reconcile stops if its caller aborts it, and leaves nothing in the audit trail', async () => {
  const sale = await tenClaims(lab, 'redis-stream');
  const leaving = AbortSignal.abort(new Error('the caller went away'));
  const look = reconcileEvent(lab.first.stores, { eventId: sale.eventId, repair: false }, tester, { signal: leaving });
  await expect(look).rejects.toBe(leaving.reason);
  const entries = await lab.first.stores.db.auditEntry.findMany({ where: { eventId: sale.eventId } });
  expect(entries.map(({ action }) => action)).not.toContain('event.reconcile');
});
