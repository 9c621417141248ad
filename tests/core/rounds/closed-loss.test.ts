import { describe, expect, it } from 'vitest';
import { engineOf } from '../../../core/engines/engines.ts';
import { createGatekeeper } from '../../../core/engines/gated/gatekeeper.ts';
import { findEvent, type EventRow } from '../../../core/events/event-rows.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { singleLink } from '../../../core/redis/redis-links.ts';
import { retireLostRound } from '../../../core/rounds/retire-lost-round.ts';
import { sweep } from '../../../core/rounds/sweep.ts';
import type { Logger } from '../../../core/runtime/log.ts';
import { createStateChanges } from '../../../core/runtime/state-changes.ts';
import type { Stores } from '../../../core/stores/stores.ts';
import { createHandlers } from '../../../worker/handlers.ts';
import { startJobSupervisor } from '../../../worker/job-supervisor.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { runAsText } from '../../support/run-as-text.ts';
import { waitFor } from '../../support/wait-for.ts';
import { tenClaims } from '../reconcile/sale.ts';

/**
 * If MySQL has all claims of a closed event, and the event then loses its gate, nobody has to act, and no alarm is
 * raised.
 */
const lab = useLab();

const redis = () => lab.first.stores.redis.system.client;
const close = (eventId: string) => lab.first.admin.close({ eventId }, tester);
const rowOf = async (eventId: string): Promise<EventRow> => {
  const event = await findEvent(lab.first.stores.db, eventId);
  if (event === null) throw new Error(`There is no event ${eventId}.`);
  return event;
};
const alarm = async (eventId: string) =>
  (await lab.first.health.check()).find(({ name }) => name === 'lost_gates')?.detail?.includes(eventId) ?? false;

type Logged = { level: string; event: string; eventId?: string };

function anotherProcess(): { stores: Stores; logged: Logged[] } {
  const logged: Logged[] = [];
  const keep = (level: string) => (what: Omit<Logged, 'level'>) => logged.push({ ...what, level });
  const levels = { error: keep('error'), warn: keep('warn'), info: keep('info') };
  const log = Object.assign(Object.create(lab.first.stores.log) as Logger, levels);
  return { stores: { ...lab.first.stores, log, logged: createStateChanges() }, logged };
}

const sweepAs = (process: { stores: Stores }) => sweep(process.stores, lab.first.jobs, 86_400_000);

/** A closed sale of ten claims. A sweep has verified that MySQL has all of them. */
async function closedSale(strategy: StrategyName = 'redis-stream') {
  const sale = await tenClaims(lab, strategy);
  await close(sale.eventId);
  await lab.sweep();
  expect((await rowOf(sale.eventId)).roundRow.verifiedAtMs).not.toBeNull();
  return sale;
}

describe.each(['redis-stream', 'redis-counter', 'redis-counter-set'] as const)('%s', (strategy) => {
  it('retires a closed round whose gate is gone, and from then on MySQL answers everybody', async () => {
    const sale = await closedSale(strategy);
    const before = await Promise.all(Array.from({ length: 10 }, (_, i) => lab.claim(sale.eventId, `user-${i + 1}`)));
    await redis().flushdb();
    await expect(lab.submit(sale.eventId, 'user-1')).rejects.toMatchObject({ code: 'gate_lost' });
    await Promise.all([lab.sweep(), lab.sweep()]);
    expect((await rowOf(sale.eventId)).roundRow).toMatchObject({
      retiredAtMs: expect.any(Number) as number,
      unlinkedAtMs: expect.any(Number) as number,
      rebuildingAtMs: null,
    });
    // For up to a second, a process may still report the gate as lost.
    await waitFor(
      () =>
        lab.submit(sale.eventId, 'user-1').then(
          () => true,
          () => false,
        ),
      { what: 'an answer' },
    );
    const after = await Promise.all(Array.from({ length: 10 }, (_, i) => lab.claim(sale.eventId, `user-${i + 1}`)));
    expect(after).toEqual(before);
    expect(await lab.claim(sale.eventId, 'new')).toEqual({ status: 'closed' });
    expect(await sale.reconcile()).toMatchObject({ findings: [], verdict: 'clean', persisted: 10 });
    expect(await alarm(sale.eventId)).toBe(false);
    expect(await lab.first.admin.get(sale.eventId)).toMatchObject({ gateLost: false });
  });

  it('retires a closed round that lost only its gate, and removes the round’s other keys', async () => {
    const sale = await closedSale(strategy);
    await redis().del(sale.keys.gate);
    await lab.sweep();
    expect((await rowOf(sale.eventId)).roundRow.unlinkedAtMs).not.toBeNull();
    expect(await redis().exists(...Object.values(roundKeys(sale.eventId, 1)))).toBe(0);
    expect(await sale.reconcile()).toMatchObject({ findings: [], persisted: 10 });
  });
});

describe('a lost gate is left to an operator', () => {
  const retired = async (eventId: string) => (await rowOf(eventId)).roundRow.retiredAtMs !== null;

  it('if the event is not closed, or nobody has verified that MySQL has all of its claims', async () => {
    const open = await tenClaims(lab, 'redis-stream');
    const unseen = await tenClaims(lab, 'redis-stream');
    await lab.claim(unseen.eventId, 'late');
    await close(unseen.eventId);
    await redis().flushdb();
    await lab.sweep(0);
    for (const { eventId } of [open, unseen]) {
      expect(await retired(eventId)).toBe(false);
      await expect.poll(() => alarm(eventId)).toBe(true);
    }
  });

  it('if Redis still has a winner whom MySQL lacks, or a claim in the outbox', async () => {
    const [winner, waits] = [await closedSale(), await closedSale()];
    await winner.deleteRow(4);
    await redis().del(winner.keys.gate, waits.keys.gate);
    await redis().xadd(waits.keys.outbox, '*', 's', '11', 't', String(lab.first.clock.nowMs()), 'u', 'late');
    await lab.sweep();
    expect(await retired(winner.eventId)).toBe(false);
    expect(await retired(waits.eventId)).toBe(false);
    expect(await winner.reconcile(true)).toMatchObject({ findings: [], persisted: 10 });
  });

  it('if the gate exists but is damaged', async () => {
    const sale = await closedSale();
    await redis().hset(sale.keys.gate, 'stock', 'many');
    await lab.sweep();
    expect(await retired(sale.eventId)).toBe(false);
    await redis().del(sale.keys.gate);
  });

  it('during a repair, or if another change has given the event a newer version', async () => {
    const [rebuilding, changed] = [await closedSale(), await closedSale()];
    const [before, older] = [await rowOf(rebuilding.eventId), await rowOf(changed.eventId)];
    const { db } = lab.first.stores;
    await redis().flushdb();
    await db.round.updateMany({ where: { eventId: rebuilding.eventId }, data: { rebuildingAt: new Date() } });
    expect(await retireLostRound(lab.first.stores, before)).toBe(false);
    expect(await retireLostRound(lab.first.stores, { ...older, version: older.version - 1 })).toBe(false);
    for (const { eventId } of [rebuilding, changed]) expect(await retired(eventId)).toBe(false);
    expect(await rebuilding.reconcile(true)).toMatchObject({ findings: [] });
  });

  it('if the sale closed before MySQL had any claim, even if the job for the closing time runs after the loss', async () => {
    const { eventId } = await lab.createEvent({ closesAtMs: lab.first.clock.nowMs() + 1_500 });
    await lab.race(eventId, users(3));
    await redis().flushdb();
    await waitFor(async () => lab.first.clock.nowMs() > ((await rowOf(eventId)).roundRow.closesAtMs ?? 0), {
      what: 'the closing time',
    });
    await createHandlers(lab.first.stores, lab.first.jobs, 86_400_000).finish({ eventId, round: 1 });
    await lab.sweep(0);
    expect((await rowOf(eventId)).roundRow).toMatchObject({ verifiedAtMs: null, retiredAtMs: null });
    await expect.poll(() => alarm(eventId)).toBe(true);
  });
});

it('if a retirement dies after marking the row, the next sweep removes the round', async () => {
  const sale = await closedSale();
  await redis().del(sale.keys.gate);
  const alive = lab.first.stores;
  const client = new Proxy(redis(), {
    get: (target, name) => {
      // The first script that this client sends is the script that retires the round in Redis.
      if (name === 'evalsha' || name === 'eval') throw new Error('died here');
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  await expect(
    retireLostRound({ ...alive, redis: singleLink({ ...alive.redis.system, client }) }, await rowOf(sale.eventId)),
  ).rejects.toThrow('died here');
  expect((await rowOf(sale.eventId)).roundRow).toMatchObject({ unlinkedAtMs: null });
  expect((await rowOf(sale.eventId)).roundRow.retiredAtMs).not.toBeNull();
  expect(await lab.claim(sale.eventId, 'user-3')).toMatchObject({ serial: 3, replayed: true });
  await lab.sweep();
  expect((await rowOf(sale.eventId)).roundRow.unlinkedAtMs).not.toBeNull();
  expect(await redis().exists(sale.keys.winners)).toBe(0);
});

describe('a lasting problem is logged once', () => {
  it('as an error, by the sweep and by each API process, if it is a lost gate that needs an operator', async () => {
    const { eventId } = await lab.createEvent();
    await lab.claim(eventId, 'a');
    await redis().del(roundKeys(eventId, 1).gate);
    const worker = anotherProcess();
    const api = anotherProcess();
    for (let i = 0; i < 3; i += 1) {
      await sweepAs(worker);
      // Opens a new gatekeeper each time, because a gatekeeper remembers a lost gate for a second.
      await expect(
        createGatekeeper(api.stores, { find: (id) => findEvent(api.stores.db, id), engineOf }).standing(eventId),
      ).rejects.toMatchObject({
        code: 'gate_lost',
      });
    }
    for (const { logged } of [worker, api]) {
      const losses = logged.filter((line) => line.eventId === eventId && line.event === 'gate_lost');
      expect(losses.map(({ level }) => level)).toEqual(['error']);
    }
    // The gate is rebuilt, and lost again.
    await lab.first.admin.reconcile({ eventId, repair: true }, tester);
    await sweepAs(worker);
    await redis().del(roundKeys(eventId, 1).gate);
    for (let i = 0; i < 3; i += 1) await sweepAs(worker);
    expect(worker.logged.filter((line) => line.eventId === eventId && line.event === 'gate_lost')).toHaveLength(2);
    await lab.first.admin.reconcile({ eventId, repair: true }, tester);
  });

  it('as information, not as an error, if it is a lost gate that needs no operator', async () => {
    const sale = await closedSale();
    await redis().hset(sale.keys.gate, 'stock', 'many');
    const worker = anotherProcess();
    for (let i = 0; i < 3; i += 1) await sweepAs(worker);
    const losses = worker.logged.filter(({ eventId }) => eventId === sale.eventId);
    expect(losses.map(({ level, event }) => [level, event])).toEqual([['info', 'gate_lost']]);
    await redis().del(sale.keys.gate);
    await lab.sweep();
  });

  it('if every sweep of an event fails, and logged again if the reason changes', async () => {
    const { eventId } = await lab.createEvent();
    await lab.claim(eventId, 'a');
    const { db } = lab.first.stores;
    const worker = anotherProcess();
    const failures = () => worker.logged.filter((line) => line.event === 'sweep_failed' && line.eventId === eventId);
    for (const [times, reason] of ['the first reason', 'the second reason'].entries()) {
      // The round's row lacks the time of the first claim, so each sweep tries to write that time and fails.
      await runAsText(
        db,
        `CREATE TRIGGER refuse BEFORE UPDATE ON rounds FOR EACH ROW
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${reason}'`,
      );
      try {
        for (let i = 0; i < 3; i += 1) await sweepAs(worker);
      } finally {
        await runAsText(db, 'DROP TRIGGER refuse');
      }
      expect(failures()).toHaveLength(times + 1);
    }
    await sweepAs(worker);
    expect((await rowOf(eventId)).roundRow.firstClaimAtMs).not.toBeNull();
    expect(failures()).toHaveLength(2);
  });

  it('if a store does not answer the job supervisor', async () => {
    const worker = anotherProcess();
    const { jobs } = lab.first;
    const broken = { ...jobs, scheduleSweeps: () => Promise.reject(new Error('away')) };
    for (let i = 0; i < 3; i += 1) {
      const supervisor = startJobSupervisor(worker.stores, broken, () => Promise.resolve());
      await supervisor.stop();
    }
    expect(worker.logged.map(({ event }) => event)).toEqual(['caretaker_failed']);
  });
});
