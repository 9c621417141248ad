import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileEvent } from '../../core/reconcile/reconcile-event.ts';
import type { Stores } from '../../core/stores.ts';
import { openLab, tester, type Lab } from '../strategies/lab.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { tenClaims, type Sale } from './sale.ts';

/** A repair dies at every command that it sends to Redis, in turn: the next repair, or the sweep, does the rest. */
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

/** The same stores, whose Redis answers `commands` commands and no more. */
function dyingAfter(commands: number): { stores: Stores; sent: () => number } {
  const { stores: alive } = lab.first;
  let sent = 0;
  const client = new Proxy(alive.redis.client, {
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
  return { stores: { ...alive, redis: { ...alive.redis, client } }, sent: () => sent };
}

const losses: [string, (sale: Sale) => Promise<unknown>][] = [
  ['a lost gate', ({ redis, keys }) => redis.del(keys.gate, keys.winners)],
  ['a gate without half of its winners', ({ redis, keys }) => redis.hdel(keys.winners, 'user-2', 'user-4', 'user-6')],
  [
    'a gate that is older than MySQL',
    ({ redis, keys }) => redis.multi().hset(keys.gate, 'issued', '8').hdel(keys.winners, 'user-9', 'user-10').exec(),
  ],
  ['a gate that somebody changed', ({ redis, keys }) => redis.hset(keys.gate, 'stock', '15', 'issued', '7')],
];

describe.each(losses)('%s', (_what, lose) => {
  it('is mended all the same', { timeout: 120_000 }, async () => {
    const whole = await tenClaims(lab, 'redis-stream');
    await lose(whole);
    const counting = dyingAfter(Infinity);
    const input = (eventId: string) => ({ eventId, repair: true });
    expect(await reconcileEvent(counting.stores, input(whole.eventId), tester)).toMatchObject({ findings: [] });
    const commandsAll = counting.sent();
    expect(commandsAll).toBeGreaterThan(10);
    for (let commands = 0; commands < commandsAll; commands += 1) {
      const sale = await tenClaims(lab, 'redis-stream');
      await lose(sale);
      const dying = dyingAfter(commands);
      // Where the number of looks differs, the last ones may not be reached.
      await reconcileEvent(dying.stores, input(sale.eventId), tester).catch(() => undefined);
      if (commands % 2 === 0) await lab.sweep();
      expect(await sale.reconcile(true)).toMatchObject({ findings: [], issued: 10, persisted: 10 });
      const replay = await lab.claim(sale.eventId, 'user-10');
      expect(replay).toMatchObject({ status: 'issued', serial: 10, replayed: true });
      expect((await sale.rows()).map(({ serial }) => serial)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });
});
