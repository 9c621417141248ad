import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { runAsText } from '../../support/run-as-text.ts';
import { waitFor } from '../../support/wait-for.ts';
import { kindsOf, tenClaims, type Sale } from './sale.ts';

/**
 * A repair of a lost gate restores everything that the stores still have, and gives out no serial that may have been
 * promised.
 */
const lab = useLab({ platformCount: 2 });

const resume = (eventId: string) => lab.first.admin.resume({ eventId }, tester);
const claimAll = (eventId: string, userIds: string[]) => lab.race(eventId, userIds);
const tenUsers = Array.from({ length: 10 }, (_, i) => `user-${i + 1}`);

async function expectReplays({ eventId, rows }: Sale): Promise<void> {
  for (const { userId, serial, code, claimedAtMs } of await rows()) {
    const outcome = await lab.claim(eventId, userId);
    expect(outcome).toMatchObject({ status: 'issued', serial, code, claimedAtMs, replayed: true });
  }
}

describe('a repair of redis-stream', () => {
  it('rebuilds a gate from MySQL and the outbox', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    const { eventId, redis, keys } = sale;
    const late = await claimAll(eventId, ['late-1', 'late-2', 'late-3']);
    await redis.del(keys.gate, keys.winners);
    const before = await sale.reconcile();
    // Without the gate, none of the thirteen users counts as a winner.
    expect(kindsOf(before)).toEqual({ config_drift: 1, missing_in_redis: 13 });
    expect(before.verdict).toBe('drift');
    expect(before.advice.join()).toContain('latest append-only file still exists');
    const { readiness } = await lab.first.admin.get(eventId);
    expect(readiness?.checks.find(({ name }) => name === 'seeded')).toMatchObject({
      ...{ state: 'problem', detail: 'its gate is lost', action: expect.stringContaining('--repair') as unknown },
    });
    const repaired = await sale.reconcile(true);
    expect(repaired).toMatchObject({ findings: [], verdict: 'clean', issued: 13, persisted: 13, pending: 0 });
    expect(repaired.advice.join()).toContain('is paused');
    expect(await lab.claim(eventId, 'new')).toEqual({ status: 'paused' });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ paused: true, gateLost: false });
    await expectReplays(sale);
    expect(
      (await claimAll(eventId, ['late-1', 'late-2', 'late-3'])).map((outcome) => ({ ...outcome, replayed: 0 })),
    ).toEqual(late.map((outcome) => ({ ...outcome, replayed: 0 })));
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 14, replayed: false });
    await lab.race(eventId, users(20));
    await lab.prove(eventId, { issued: 20, stopped: true });
  });

  it.each<[string, (sale: Sale) => Promise<unknown>]>([
    ['everything is lost', ({ redis }) => redis.flushdb()],
    ['the gate is not a hash', ({ redis, keys }) => redis.set(keys.gate, 'mine')],
    ['the gate cannot be read', ({ redis, keys }) => redis.hset(keys.gate, 'stock', 'many')],
    ['the winners are not a hash', ({ redis, keys }) => redis.set(keys.winners, 'mine')],
    ['only the gate is lost', ({ redis, keys }) => redis.del(keys.gate)],
  ])('gives nobody else a serial that MySQL has, if %s', async (_what, lose) => {
    const sale = await tenClaims(lab, 'redis-stream');
    await lose(sale);
    await expect(lab.submit(sale.eventId, 'new')).rejects.toThrow();
    expect((await sale.reconcile()).verdict).toBe('drift');
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], verdict: 'clean', issued: 10 });
    await expectReplays(sale);
    await resume(sale.eventId);
    expect(await lab.claim(sale.eventId, 'new')).toMatchObject({ serial: 11 });
    await sale.redis.del(gateKey(sale.eventId));
  });

  it('gives nobody else a serial that may have been promised', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    await sale.deleteRow(4);
    await sale.redis.del(sale.keys.gate, sale.keys.winners);
    expect(kindsOf(await sale.reconcile(true))).toEqual({ serial_gap: 1 });
    await resume(sale.eventId);
    expect(await lab.claim(sale.eventId, 'new')).toMatchObject({ serial: 11 });
    expect(await lab.first.admin.get(sale.eventId)).toMatchObject({ issued: 11 });
    // Restores the row of serial 4, as an operator does for a user who can show its code.
    await sale.plantRow(4, 'user-4');
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], repaired: 1 });
    expect(await lab.claim(sale.eventId, 'user-4')).toMatchObject({ serial: 4, replayed: true });
    expect(await readGate(sale.redis, sale.eventId)).toMatchObject({ vacant: 0, issued: 11 });
  });

  it('keeps the serial of a user whose claim was set aside', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    await sale.deleteRow(10);
    await lab.claim(sale.eventId, 'user-11');
    await sale.plantRow(11, 'thief');
    await lab.persisted({ eventId: sale.eventId, round: 1 });
    await sale.db.claim.deleteMany({ where: { eventId: sale.eventId, userId: 'thief' } });
    await sale.redis.del(sale.keys.gate, sale.keys.winners);
    // Both stores lost serial 10. Serial 11 is in claim_faults, and MySQL can store it now.
    expect(kindsOf(await sale.reconcile(true))).toEqual({ serial_gap: 1 });
    await resume(sale.eventId);
    expect(await lab.claim(sale.eventId, 'user-11')).toMatchObject({ serial: 11, replayed: true });
    expect(await lab.claim(sale.eventId, 'new')).toMatchObject({ serial: 12 });
  });

  it('accepts a gate that is older than MySQL, but pauses the event', async () => {
    const event = await lab.createEvent({ stock: 20 });
    const { eventId } = event;
    const { client: redis } = lab.first.stores.redis.system;
    const keys = roundKeys(eventId, 1);
    for (const user of tenUsers.slice(0, 5)) await lab.claim(eventId, user);
    await lab.persisted(event);
    const [gate, winners] = [await redis.hgetall(keys.gate), await redis.hgetall(keys.winners)];
    for (const user of tenUsers.slice(5)) await lab.claim(eventId, user);
    await lab.persisted(event);
    await redis.del(keys.gate, keys.winners);
    await redis.hset(keys.winners, winners);
    await redis.hset(keys.gate, { ...gate, runId: 'an earlier Redis' });
    const reconcile = (repair: boolean) => lab.first.admin.reconcile({ eventId, repair }, tester);
    expect(kindsOf(await reconcile(false))).toEqual({ missing_in_redis: 5, counter_drift: 5 });
    const repaired = await reconcile(true);
    expect(repaired).toMatchObject({ findings: [], issued: 10, repaired: 5 });
    expect(repaired.advice.join()).toContain('older than MySQL');
    expect(await lab.claim(eventId, 'new')).toEqual({ status: 'paused' });
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 11 });
    expect(await lab.claim(eventId, 'user-8')).toMatchObject({ serial: 8, replayed: true });
  });

  it('does not pause an event that is sold out or closed', async () => {
    const soldOut = await tenClaims(lab, 'redis-stream', 10);
    const closed = await tenClaims(lab, 'redis-stream');
    await lab.first.admin.close({ eventId: closed.eventId }, tester);
    // This sweep verifies that MySQL has every claim of the closed event.
    await lab.sweep();
    for (const { redis, keys } of [soldOut, closed]) await redis.del(keys.gate, keys.winners);
    for (const sale of [soldOut, closed]) {
      expect(await sale.reconcile(true)).toMatchObject({ findings: [], advice: [] });
      await expectReplays(sale);
    }
    expect(await lab.claim(soldOut.eventId, 'new')).toEqual({ status: 'sold_out' });
    expect(await lab.claim(closed.eventId, 'new')).toEqual({ status: 'closed' });
  });

  it('warns that an event that had just closed may have lost claims, and ends the alarm', async () => {
    const { eventId, redis, keys, reconcile } = await tenClaims(lab, 'redis-stream');
    await lab.claim(eventId, 'late');
    await lab.first.admin.close({ eventId }, tester);
    await redis.del(keys.gate, keys.winners, keys.outbox);
    const lostGates = async () => (await lab.first.health.check()).find(({ name }) => name === 'lost_gates')?.detail;
    await waitFor(async () => (await lostGates())?.includes(eventId) === true, { what: 'the alarm' });
    const { advice, findings } = await reconcile(true);
    expect(findings).toEqual([]);
    expect(advice.join()).toContain('is closed, and its gate was lost');
    expect(advice.join()).toContain(`coupon-admin claims restore ${eventId}`);
    await waitFor(async () => (await lostGates())?.includes(eventId) === false, { what: 'the end of the alarm' });
    expect(await lab.claim(eventId, 'new')).toEqual({ status: 'closed' });
  });

  it('gives the same warning if the event was verified, and a top-up then brought more claims', async () => {
    const { eventId, redis, keys, db, reconcile } = await tenClaims(lab, 'redis-stream', 10);
    // When the top-up came, the sweep had already begun to retire the round.
    await db.round.updateMany({ where: { eventId }, data: { verifiedAt: new Date() } });
    await lab.first.admin.topUp({ eventId, add: 5 }, tester);
    await lab.claim(eventId, 'late');
    await lab.first.admin.close({ eventId }, tester);
    await redis.del(keys.gate, keys.winners, keys.outbox);
    expect((await reconcile(true)).advice.join()).toContain('is closed, and its gate was lost');
  });

  it('keeps the event stopped and reported as lost, and refuses a resume, until the repair is done', async () => {
    const { eventId, redis, keys, db } = await tenClaims(lab, 'redis-stream');
    await redis.del(keys.gate, keys.winners);
    await db.round.updateMany({ where: { eventId }, data: { rebuildingAt: new Date(), paused: true } });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
    const resuming = { code: 'gate_lost', message: expect.stringContaining('Repair the event first') as unknown };
    await expect(resume(eventId)).rejects.toMatchObject(resuming);
    await lab.sweep();
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: false, paused: true });
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 11 });
  });

  it('must be repeated before a resume if a worker has stored claims since the repair', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    const { eventId, redis, keys } = sale;
    await redis.del(keys.gate, keys.winners);
    await sale.reconcile(true);
    // A worker read these claims before the loss, and then hung.
    await sale.plantRow(11, 'late-1');
    await sale.plantRow(12, 'late-2');
    const behind = { code: 'conflict', message: expect.stringContaining('MySQL has serial 12') as unknown };
    await expect(resume(eventId)).rejects.toMatchObject(behind);
    expect(await sale.reconcile(true)).toMatchObject({ findings: [], issued: 12 });
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 13 });
    expect(await lab.claim(eventId, 'late-2')).toMatchObject({ serial: 12, replayed: true });
  });

  it('gives nobody else a serial that was promised to a winner, even if MySQL has a different claim of that winner', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    const { eventId, redis, keys, db } = sale;
    await redis.hset(keys.winners, 'user-10', `12:${lab.first.clock.nowMs()}`);
    await redis.del(keys.gate);
    // The state after a repair that died at its start. The sweep completes the repair.
    await db.round.updateMany({ where: { eventId }, data: { rebuildingAt: new Date(), paused: true } });
    await lab.sweep();
    expect(await readGate(redis, eventId)).toMatchObject({ issued: 12, paused: true });
    await resume(eventId);
    expect(await lab.claim(eventId, 'new')).toMatchObject({ serial: 13 });
  });

  it('leaves an event stopped if its winners contradict MySQL, and names those winners', async () => {
    const sale = await tenClaims(lab, 'redis-stream');
    const { redis, keys } = sale;
    await redis.hset(keys.winners, 'other', (await redis.hget(keys.winners, 'user-4')) ?? '');
    await redis.del(keys.gate);
    const repaired = await sale.reconcile(true);
    expect(kindsOf(repaired)).toEqual({ config_drift: 1, conflict: 1, missing_in_db: 1 });
    expect(repaired.advice.join()).toContain('is not back in Redis');
    expect(repaired.advice.join()).toContain('the gate is still lost');
    await expect(lab.submit(sale.eventId, 'user-1')).rejects.toMatchObject({ code: 'gate_lost' });
    // The operator removes one of the two users from the winners. The serial promised to this user stays reserved until
    // the fault is settled.
    await redis.hdel(keys.winners, 'other');
    expect(kindsOf(await sale.reconcile(true))).toEqual({ conflict: 1 });
    const { faults } = await lab.first.admin.listFaults({ eventId: sale.eventId, limit: 10 }, tester);
    const input = { eventId: sale.eventId, id: faults[0]?.id ?? 0 };
    await lab.first.admin.settleFault(input, { ...tester, reason: 'planted by hand' });
    expect(await sale.reconcile(true)).toMatchObject({ findings: [] });
  });
});

describe('a repair of the counters', () => {
  it.each(['redis-counter', 'redis-counter-set'] as const)(
    'with %s, loses nothing, and the event continues at once',
    async (strategy) => {
      const sale = await tenClaims(lab, strategy);
      const { eventId, redis, keys } = sale;
      await redis.del(...Object.values(keys));
      expect(kindsOf(await sale.reconcile())).toEqual({ config_drift: 1, missing_in_redis: 10 });
      expect(await sale.reconcile(true)).toMatchObject({ findings: [], issued: 10, advice: [] });
      expect(await lab.first.admin.get(eventId)).toMatchObject({ paused: false, gateLost: false });
      await expectReplays(sale);
      await lab.race(eventId, users(30));
      await lab.prove(eventId, { issued: 20 });
    },
  );

  it('also works if a unit is in several places that contradict each other', async () => {
    const sale = await tenClaims(lab, 'redis-counter-set');
    await sale.redis.hset(sale.keys.holders, 'nobody', '3');
    expect(kindsOf(await sale.reconcile())).toEqual({ config_drift: 1 });
    const both = await Promise.all([sale.reconcile(true), sale.reconcile(true)]);
    expect(both.map(({ findings }) => findings)).toEqual([[], []]);
    await lab.race(sale.eventId, users(30));
    await lab.prove(sale.eventId, { issued: 20 });
  });
});

describe('a repair that dies', () => {
  it('is completed by the sweep or by the next repair', async () => {
    for (const complete of ['sweep', 'repair'] as const) {
      const sale = await tenClaims(lab, 'redis-stream');
      const { eventId, redis, keys, db } = sale;
      await redis.del(keys.gate, keys.winners);
      // The dead repair had recorded in the row that a repair was running, and had restored one of the winners.
      await db.round.updateMany({ where: { eventId }, data: { rebuildingAt: new Date(), paused: true } });
      await redis.hset(keys.winners, 'user-1', `1:${(await sale.rows())[0]?.claimedAtMs ?? 0}`);
      if (complete === 'sweep') await lab.sweep();
      else await sale.reconcile(true);
      expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 10 });
      expect(await readGate(redis, eventId)).toMatchObject({ issued: 10, vacant: 0, paused: true });
      expect(await db.round.findFirst({ where: { eventId } })).toMatchObject({ rebuildingAt: null });
    }
  });
});

describe('several simultaneous repairs', () => {
  it.each<[string, (sale: Sale) => Promise<unknown>]>([
    ['a lost gate', ({ redis, keys }) => redis.del(keys.gate, keys.winners)],
    ['missing winners', ({ redis, keys }) => redis.hdel(keys.winners, 'user-3', 'user-4')],
    ['missing rows', ({ deleteRow }) => deleteRow(4)],
    ['a different stock in the gate', ({ redis, keys }) => redis.hset(keys.gate, 'stock', '15')],
  ])('repair %s as a single repair does', async (_what, plant) => {
    const sale = await tenClaims(lab, 'redis-stream');
    await plant(sale);
    const both = await Promise.all([sale.reconcile(true), sale.reconcile(true), sale.reconcile(true)]);
    expect(both.map(({ findings }) => findings)).toEqual([[], [], []]);
    expect(await sale.reconcile()).toMatchObject({ findings: [], issued: 10, persisted: 10 });
    expect((await sale.rows()).map(({ serial }) => serial)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  });
});

it('the audit trail records who ran a repair and its result', async () => {
  const sale = await tenClaims(lab, 'redis-stream');
  await sale.deleteRow(4);
  await sale.reconcile(true);
  const [after, before] = await listAudit(sale.db, { eventId: sale.eventId, limit: 2 });
  expect(before).toMatchObject({ action: 'event.repair', actor: 'tester', door: 'api', round: 1 });
  expect(after).toMatchObject({ action: 'event.repaired', after: { repaired: 1, verdict: 'clean', left: [] } });
});

it('the audit trail records a reconcile without a repair once, with the person who ran it and the findings', async () => {
  const sale = await tenClaims(lab, 'redis-stream');
  const looks = () => listAudit(sale.db, { eventId: sale.eventId, action: 'event.reconcile', limit: 9 });
  await sale.reconcile();
  await sale.deleteRow(4);
  await lab.first.admin.reconcile({ eventId: sale.eventId, repair: false }, { ...tester, reason: 'kim asked' });
  const [second, first, ...more] = await looks();
  expect(first).toMatchObject({ actor: 'tester', role: 'admin', door: 'api', round: 1, reason: null });
  expect(first).toMatchObject({ before: null, after: { verdict: 'clean', found: [] } });
  expect(second).toMatchObject({ reason: 'kim asked' });
  expect(second?.after).toEqual({ verdict: 'drift', found: [{ kind: 'missing_in_db', count: 1 }] });
  expect(more).toEqual([]);
  // A repair writes audit entries of its own, which don't count here.
  await sale.reconcile(true);
  expect(await looks()).toHaveLength(2);
});

it('a reconcile returns no report if it cannot be audited', async () => {
  const { db, eventId, reconcile } = await tenClaims(lab, 'redis-stream');
  await runAsText(
    db,
    `CREATE TRIGGER lose_audit BEFORE INSERT ON audit_log FOR EACH ROW
    SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053, MESSAGE_TEXT = 'Server shutdown in progress'`,
  );
  try {
    await expect(reconcile()).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await runAsText(db, 'DROP TRIGGER lose_audit');
  }
  expect(await listAudit(db, { eventId, action: 'event.reconcile', limit: 9 })).toEqual([]);
});

it('a repair removes the set-aside mark of a claim that MySQL now has, and keeps all other marks', async () => {
  const { eventId, redis, keys, deleteRow, plantRow, reconcile } = await tenClaims(lab, 'redis-stream');
  await deleteRow(5);
  await plantRow(5, 'thief');
  // Somebody has stored user-4's claim by hand.
  await redis.hset(keys.setAside, { 'user-4': 'serial_taken', 'user-5': 'serial_taken' });
  const claims = async () =>
    (await lab.first.admin.get(eventId)).readiness?.checks.find(({ name }) => name === 'claims');
  expect(await claims()).toMatchObject({ detail: expect.stringContaining('2 of round 1') as string });
  await reconcile(true);
  expect(await redis.hkeys(keys.setAside)).toEqual(['user-5']);
  expect(await claims()).toMatchObject({ detail: expect.stringContaining('1 of round 1') as string });
});

it('a repair stores a claim from an older round’s outbox in that round', async () => {
  const sale = await tenClaims(lab, 'redis-stream');
  const { eventId, redis, keys, db } = sale;
  const oldMs = lab.first.clock.nowMs() - 60_000;
  await redis.hset(keys.winners, 'late', `11:${oldMs}`);
  await redis.xadd(keys.outbox, '*', 's', '11', 't', String(oldMs), 'u', 'late');
  await redis.del(keys.gate);
  const { eventId: _id, round: _round, ...row } = await db.round.findFirstOrThrow({ where: { eventId } });
  const opensAt = new Date(lab.first.clock.nowMs() + 3_600_000);
  await db.round.create({ data: { ...row, eventId, round: 2, seededAt: null, opensAt } });
  await db.event.update({ where: { id: eventId }, data: { round: 2 } });
  expect(await sale.found()).toEqual({ stale_round: 1 });
  expect(await sale.reconcile(true)).toMatchObject({ round: 2, findings: [], repaired: 1 });
  expect((await sale.rows()).at(-1)).toMatchObject({ serial: 11, userId: 'late', round: 1 });
});
