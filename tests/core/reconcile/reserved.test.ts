import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import type { ResumeInput } from '../../../core/changes/inputs.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { readRoundStatuses } from '../../../core/rounds/round-statuses.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { withoutCommits } from '../../support/without-commits.ts';
import { kindsOf, tenClaims, type Sale } from './sale.ts';

/**
 * An event resumes above serials that may have been promised. Those serials are reserved for users who can prove their
 * claims.
 */
const lab = useLab({ platformCount: 2 });

const resume = (eventId: string, change: Partial<ResumeInput> = {}) =>
  lab.first.admin.resume({ eventId, ...change }, tester);
const pause = (eventId: string) => lab.first.admin.pause({ eventId }, tester);
const gateOf = (eventId: string) => readGate(lab.first.stores.redis.system.client, eventId);
const rowOf = async (eventId: string) => (await findEvent(lab.first.stores.db, eventId))?.roundRow;

/**
 * A sale that has issued ten of its twenty serials, and whose lost gate was rebuilt. The event is paused, because more
 * serials may have been promised.
 */
async function repairedSale(): Promise<Sale> {
  const sale = await tenClaims(lab, 'redis-stream');
  await sale.redis.del(sale.keys.gate, sale.keys.winners);
  expect(await sale.reconcile(true)).toMatchObject({ findings: [], issued: 10 });
  return sale;
}

async function resumedSale(): Promise<Sale> {
  const sale = await repairedSale();
  expect(await resume(sale.eventId, { fromSerial: 15 })).toMatchObject({ paused: false, issued: 14 });
  return sale;
}

describe('resuming from a serial', () => {
  it('gives that serial to the next new claim, and keeps the skipped serials reserved even when the stock is used up', async () => {
    const sale = await resumedSale();
    const { eventId } = sale;
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 15, replayed: false });
    expect(await lab.claim(eventId, 'user-10')).toMatchObject({ serial: 10, replayed: true });
    await lab.race(eventId, users(20));
    expect(await lab.claim(eventId, 'late')).toEqual({ status: 'sold_out' });
    // The proof expects four of the twenty serials to be reserved.
    await lab.prove(eventId, { issued: 16, stopped: true });
    expect((await sale.rows()).map(({ serial }) => serial)).toEqual([...serials(1, 10), ...serials(15, 20)]);
    await lab.first.admin.topUp({ eventId, add: 5 }, tester);
    expect(await lab.claim(eventId, 'late')).toMatchObject({ serial: 21 });
  });

  it('makes a reconcile report the skipped serials as reserved, not as drift, whether or not later serials have claims', async () => {
    const sale = await resumedSale();
    for (const user of ['a', 'b']) {
      const found = await sale.reconcile();
      expect(found).toMatchObject({ findings: [], verdict: 'clean', reserved: 4 });
      expect(found.advice.join()).toContain('4 serials are reserved');
      expect(found.advice.join()).toContain(`coupon-admin claims restore ${sale.eventId} --user`);
      expect(await sale.reconcile(true)).toMatchObject({ repaired: 0, verdict: 'clean', reserved: 4 });
      await lab.claim(sale.eventId, user);
    }
    expect(await gateOf(sale.eventId)).toMatchObject({ reserved: '11-14', vacant: 4, issued: 16, paused: false });
  });

  it('keeps the count of claims that wait for MySQL correct below and above the reserved serials', async () => {
    const sale = await repairedSale();
    const { eventId } = sale;
    await resume(eventId);
    for (const user of ['a', 'b']) await lab.claim(eventId, user);
    await pause(eventId);
    await resume(eventId, { fromSerial: 17 });
    await lab.claim(eventId, 'c');
    expect(await lab.first.admin.get(eventId)).toMatchObject({ issued: 17, persisted: 10, outbox: 3 });
    const [round] = await readRoundStatuses(lab.first.stores).then((rounds) =>
      rounds.filter(({ event }) => event.eventId === eventId),
    );
    expect(round?.outbox.claims).toBe(3);
    await lab.persisted({ eventId, round: 1 });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ persisted: 13, outbox: 0 });
    const { rounds } = await lab.first.admin.exportMetrics({ eventId, limit: 1 });
    expect(rounds).toMatchObject([{ issued: 13, persisted: 13, outbox: 0 }]);
  });

  it('makes a lookup of a reserved serial say for whom the serial is reserved', async () => {
    const { eventId } = await resumedSale();
    const show = async (serial: number) => lab.first.admin.showClaim({ eventId, serial }, tester);
    expect(await show(12)).toMatchObject({
      ...{ state: 'none', account: expect.stringContaining('reserved for a user who can prove it') as unknown },
    });
    expect(await show(19)).toMatchObject({ account: expect.stringContaining('The round is open') as unknown });
  });

  it('does not hide a gap among the serials that are not reserved', async () => {
    const sale = await resumedSale();
    await lab.claim(sale.eventId, 'new');
    await lab.persisted({ eventId: sale.eventId, round: 1 });
    await sale.deleteRow(4);
    await sale.redis.hdel(sale.keys.winners, 'user-4');
    expect(await sale.reconcile()).toMatchObject({ reserved: 4, findings: [{ kind: 'serial_gap', count: 1 }] });
  });

  it('lets an operator restore a reserved serial to a user who can prove the claim, and a reconcile finds it if that claim is lost again', async () => {
    const sale = await resumedSale();
    const { eventId } = sale;
    await sale.plantRow(12, 'ghost');
    expect(await sale.found()).toEqual({ missing_in_redis: 1 });
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 1, reserved: 3 });
    expect(await lab.claim(eventId, 'ghost')).toMatchObject({ serial: 12, replayed: true });
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 15 });
    await lab.persisted({ eventId, round: 1 });
    await sale.deleteRow(12);
    await sale.redis.hdel(sale.keys.winners, 'ghost');
    expect(await sale.reconcile()).toMatchObject({ findings: [{ kind: 'serial_gap', count: 1 }], verdict: 'drift' });
  });

  it('stops the gate if MySQL has a claim with a reserved serial that the gate does not have', async () => {
    const sale = await resumedSale();
    const { eventId, redis, keys } = sale;
    await sale.plantRow(12, 'ghost');
    const row = (await sale.rows()).find(({ serial }) => serial === 12);
    await redis.hset(keys.winners, 'ghost', `12:${row?.claimedAtMs ?? 0}`);
    expect(await sale.found()).toEqual({ counter_drift: 1 });
    await expect(lab.submit(eventId, 'new')).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 1, reserved: 3 });
    expect(await gateOf(eventId)).toMatchObject({ vacant: 3, paused: false });
    expect(await sale.found()).toEqual({});
  });

  it('keeps the skipped serials reserved if the gate is lost again, even before a claim above them', async () => {
    for (const claims of [0, 2]) {
      const sale = await resumedSale();
      const { eventId, redis, keys } = sale;
      for (const user of users(claims)) await lab.claim(eventId, user);
      await lab.persisted({ eventId, round: 1 });
      await redis.del(keys.gate, keys.winners);
      expect(await sale.reconcile(true)).toMatchObject({ findings: [], reserved: 4, issued: 14 + claims });
      await resume(eventId, { fromSerial: 18 });
      expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 18 });
      expect(await sale.reconcile()).toMatchObject({ findings: [], reserved: 7 - claims });
    }
  });

  it('still records the time of the first claim', async () => {
    const { eventId } = await lab.createEvent({ stock: 20 });
    await pause(eventId);
    await resume(eventId, { fromSerial: 5 });
    await lab.claim(eventId, 'first');
    const gate = await gateOf(eventId);
    expect(gate).toMatchObject({ issued: 5, vacant: 4 });
    expect(gate?.firstAtMs).toBe(gate?.lastAtMs);
  });

  it('keeps the skipped serials reserved if the round is retired and rebuilt for a top-up', async () => {
    const sale = await repairedSale();
    const { eventId } = sale;
    await resume(eventId, { fromSerial: 15 });
    await lab.first.admin.update({ eventId, stock: 14, confirm: 'Opening sale' }, tester);
    for (let turn = 0; turn < 3; turn += 1) await lab.sweep(0);
    expect(await gateOf(eventId)).toBeNull();
    expect(await sale.reconcile()).toMatchObject({ findings: [] });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ issued: 14, stock: 14, persisted: 10 });
    await expect(lab.first.admin.update({ eventId, stock: 13 }, tester)).rejects.toMatchObject({ code: 'conflict' });
    await lab.first.admin.topUp({ eventId, add: 6 }, tester);
    await lab.sweep();
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 15 });
    expect(await lab.claim(eventId, 'user-3')).toMatchObject({ serial: 3, replayed: true });
  });
});

describe('resuming from a serial is refused', () => {
  it.each([
    [10, 'is not above the counter'],
    [21, 'is above the stock'],
  ])('for serial %i because it %s', async (fromSerial, why) => {
    const { eventId } = await repairedSale();
    const before = await gateOf(eventId);
    await expect(resume(eventId, { fromSerial })).rejects.toMatchObject({
      ...{ code: 'conflict', message: expect.stringContaining(why) as unknown },
    });
    expect(await gateOf(eventId)).toEqual(before);
    expect(await rowOf(eventId)).toMatchObject({ paused: true, reserved: '' });
  });

  it('if the event is not paused, is closed, or has lost its gate', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    const { eventId } = sale;
    const ask = () => resume(eventId, { fromSerial: 15 });
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('is not paused') as unknown });
    await pause(eventId);
    await sale.redis.rename(sale.keys.gate, `${sale.keys.gate}-away`);
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('has no gate') as unknown });
    await sale.redis.rename(`${sale.keys.gate}-away`, sale.keys.gate);
    // The gate is behind MySQL, so it does not know its next serial.
    await sale.redis.hset(sale.keys.gate, 'issued', '8');
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('counter is at 8') as unknown });
    await sale.redis.hset(sale.keys.gate, 'issued', '10');
    await lab.first.admin.close({ eventId }, tester);
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('is closed') as unknown });
    expect(await rowOf(eventId)).toMatchObject({ paused: true, reserved: '' });
  });

  it.each(realStrategyNames.filter((name) => name !== 'redis-stream'))(
    'with %s, which promises no serial before MySQL has it',
    async (strategy) => {
      const { eventId } = await tenClaims(lab, strategy);
      await pause(eventId);
      await expect(resume(eventId, { fromSerial: 15 })).rejects.toMatchObject({
        ...{ code: 'conflict', message: expect.stringContaining(`With ${strategy}, MySQL has each claim`) as unknown },
      });
      await resume(eventId);
      expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 11 });
    },
  );

  it.each([0, 1.5, 100_000_001])('for %d, which is not a serial', async (fromSerial) => {
    const { eventId } = await lab.createEvent();
    await expect(resume(eventId, { fromSerial })).rejects.toMatchObject({
      ...{ code: 'bad_request', issues: [{ path: ['fromSerial'] }] },
    });
  });
});

describe('resuming from a serial', () => {
  it('happens once per request, and skips nothing if the serial is the next one anyway', async () => {
    const { eventId } = await repairedSale();
    const ask = (fromSerial: number) => resume(eventId, { fromSerial, requestId: `from-${eventId}` });
    const results = await Promise.all([ask(15), ask(15)]);
    expect(results.map(({ issued }) => issued)).toEqual([14, 14]);
    expect(await ask(15)).toMatchObject({ issued: 14 });
    await expect(ask(16)).rejects.toMatchObject({ code: 'conflict' });
    await pause(eventId);
    await resume(eventId, { fromSerial: 15 });
    expect(await gateOf(eventId)).toMatchObject({ reserved: '11-14', vacant: 4, issued: 14 });
  });

  it('is in the audit trail, with the state before and after', async () => {
    const { eventId } = await repairedSale();
    await lab.first.admin.resume({ eventId, fromSerial: 15 }, { ...tester, reason: 'four claims were lost' });
    const [entry] = await listAudit(lab.first.stores.db, { eventId, limit: 1 });
    expect(entry).toMatchObject({
      ...{ action: 'event.resume', actor: 'tester', reason: 'four claims were lost', round: 1 },
      before: { paused: true },
      after: { paused: false, reserved: '11-14', fromSerial: 15 },
    });
    expect(entry?.before).not.toHaveProperty('fromSerial');
  });

  it('lets claims continue if the process dies after changing the gate and before changing the row, and the sweep updates the row and the audit trail', async () => {
    const sale = await repairedSale();
    const { eventId } = sale;
    const ask = () => resume(eventId, { fromSerial: 15, requestId: `dies-${eventId}` });
    await withoutCommits(lab.first.stores.db, async () => {
      await expect(ask()).rejects.toMatchObject({ code: 'unavailable' });
    });
    expect(await rowOf(eventId)).toMatchObject({ paused: true, reserved: '' });
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 15 });
    expect(await sale.found()).toMatchObject({ config_drift: 4 });
    await Promise.all([lab.sweep(), lab.sweep()]);
    expect(await rowOf(eventId)).toMatchObject({ paused: false, reserved: '11-14' });
    expect(await gateOf(eventId)).toMatchObject({ pendingChanges: '', reserved: '11-14', vacant: 4, issued: 15 });
    expect(await ask()).toMatchObject({ issued: 15, paused: false });
    expect(await sale.reconcile()).toMatchObject({ findings: [], reserved: 4 });
    const trail = (await listAudit(lab.first.stores.db, { eventId, limit: 20 })).filter(
      ({ action }) => action === 'event.resume',
    );
    expect(trail).toMatchObject([{ after: { fromSerial: 15 } }]);
  });

  it('stops the event, without issuing a serial twice, if the process dies after changing the gate and Redis then loses that change', async () => {
    const sale = await repairedSale();
    const { eventId, redis, keys } = sale;
    await withoutCommits(lab.first.stores.db, async () => {
      await expect(resume(eventId, { fromSerial: 15 })).rejects.toMatchObject({ code: 'unavailable' });
    });
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 15 });
    await lab.persisted({ eventId, round: 1 });
    await redis.del(keys.gate, keys.winners);
    expect(kindsOf(await sale.reconcile(true))).toEqual({ serial_gap: 4 });
    expect(await lab.claim(eventId, 'other')).toEqual({ status: 'paused' });
    await resume(eventId);
    expect(await lab.claim(eventId, 'other')).toMatchObject({ serial: 16 });
  });

  it('has no effect after a reset: the new round has no reserved serials, and the previous round keeps its own', async () => {
    const { eventId } = await resumedSale();
    await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 1, round: 2 });
    expect(await rowOf(eventId)).toMatchObject({ round: 2, reserved: '' });
    await lab.sweep();
    expect(await lab.first.stores.redis.system.client.exists(roundKeys(eventId, 1).winners)).toBe(0);
  });
});

it('a repair’s advice names the commands to run', async () => {
  const sale = await tenClaims(lab, 'redis-stream');
  await sale.redis.del(gateKey(sale.eventId), sale.keys.winners);
  const { advice } = await sale.reconcile(true);
  for (const command of [
    `coupon-admin event resume ${sale.eventId} to sell the rest, beginning with serial 11`,
    `coupon-admin event resume ${sale.eventId} --from-serial N`,
    `coupon-admin event close ${sale.eventId}`,
  ]) {
    expect(advice.join()).toContain(command);
  }
});

const serials = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
