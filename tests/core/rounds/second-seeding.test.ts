import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { readGate, sealOf } from '../../../core/gate/gate.ts';
import { openingMarginMs } from '../../../core/gate/missing-gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { readRoundStatuses } from '../../../core/rounds/round-statuses.ts';
import { seedRound } from '../../../core/rounds/seed-round.ts';
import { openLab, tester, useLab, type Lab } from '../../support/lab.ts';
import { startMysqlWithClock, type MysqlWithClock } from '../../support/mysql-clock.ts';
import { runAsText } from '../../support/run-as-text.ts';
import { createTestRedis } from '../../support/test-redis.ts';

/**
 * A gate is made a second time only if no answer can have promised a claim. These tests simulate an empty Redis whose
 * clock is behind: they empty Redis and move the opening into the future. Code that compares the opening with the clock
 * sees no difference.
 */
const behindMs = 30_000;

async function replaceRedis(lab: Lab, eventId: string): Promise<void> {
  const { redis, db } = lab.first.stores;
  await redis.system.client.flushdb();
  const opensAt = new Date(lab.first.clock.nowMs() + behindMs);
  await db.round.updateMany({ where: { eventId }, data: { opensAt } });
}

/** Checks that every process reports the gate as lost, and that no process makes a new gate. */
async function expectLost(lab: Lab, eventId: string, round = 1): Promise<void> {
  const { stores, admin, health } = lab.first;
  await lab.sweep();
  await expect(lab.submit(eventId, 'nosy')).rejects.toMatchObject({ code: 'gate_lost' });
  expect(await seedRound(stores, eventId, round)).toBe('late');
  const status = (await readRoundStatuses(stores)).find(({ event, current }) => event.eventId === eventId && current);
  expect(status).toMatchObject({ lost: true });
  const { gateLost, readiness } = await admin.get(eventId);
  expect(gateLost).toBe(true);
  expect(readiness?.checks.find(({ name }) => name === 'gate')?.state).toBe('problem');
  expect((await admin.reconcile({ eventId, repair: false }, tester)).verdict).toBe('drift');
  const lostGates = (await health.check()).find(({ name }) => name === 'lost_gates');
  expect(lostGates).toMatchObject({ ok: false });
  const gate = await readGate(stores.redis.system.client, eventId);
  if (gate !== null) expect(gate.round === round ? gate.runId : '').not.toBe(stores.redis.system.runId());
}

const claimAll = async (lab: Lab, eventId: string, users: string[]) => {
  for (const user of users) expect(await lab.submit(eventId, user)).toMatchObject({ status: 'issued' });
};

describe('a Redis that came back empty, and by whose clock the event is not open yet,', () => {
  const lab = useLab({ platformCount: 2 });
  const db = () => lab.first.stores.db;
  const redis = () => lab.first.stores.redis.system.client;
  const seededAtMsOf = async (eventId: string) => (await findEvent(db(), eventId))?.roundRow.seededAtMs ?? 0;

  /** Stores the claim, like a worker that read it before Redis was replaced and then hung. */
  const storeLate = (eventId: string, userId: string, claim: ClaimOutcome) => {
    if (claim.status !== 'issued') throw new Error(`${userId} got ${claim.status}.`);
    const { serial, round, code, claimedAtMs } = claim;
    const claimedAt = new Date(claimedAtMs);
    return db().claim.create({ data: { eventId, round, serial, userId, code, claimedAt, persistedAt: new Date() } });
  };
  const recordFault = (eventId: string) =>
    db().claimFault.create({
      data: {
        ...{ eventId, round: 1, serial: 1n, userId: 'kim', reason: 'serial_taken', detail: '' },
        ...{ entryId: '1-0', position: 0, createdAt: new Date() },
      },
    });

  it.each(['redis-stream', 'redis-counter', 'redis-counter-set'] as const)(
    'gets no new gate if MySQL has claims of the round: %s',
    async (strategy) => {
      const event = await lab.createEvent({ stock: 10, strategy });
      await claimAll(lab, event.eventId, ['a', 'b', 'c']);
      await lab.persisted(event);
      await replaceRedis(lab, event.eventId);
      await expectLost(lab, event.eventId);
    },
  );

  it('gets no new gate if a claim of the round was set aside', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    await claimAll(lab, eventId, ['a']);
    await recordFault(eventId);
    await replaceRedis(lab, eventId);
    await expectLost(lab, eventId);
  });

  it('gets no new gate if the sweep had seen a claim, even if the claim never reached MySQL', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    await claimAll(lab, eventId, ['a']);
    await lab.sweep();
    await replaceRedis(lab, eventId);
    await expectLost(lab, eventId);
  });

  it('gets no new gate in a round that has claims and waits for an approval', async () => {
    const event = await lab.createEvent({ stock: 10 });
    await claimAll(lab, event.eventId, ['a']);
    await lab.persisted(event);
    await replaceRedis(lab, event.eventId);
    await db().round.updateMany({ where: { eventId: event.eventId }, data: { needsApproval: true } });
    await expectLost(lab, event.eventId);
  });

  it('gets no new gate if MySQL has the claims but has lost its record of the seeding', async () => {
    const event = await lab.createEvent({ stock: 10 });
    await claimAll(lab, event.eventId, ['a']);
    await lab.persisted(event);
    await replaceRedis(lab, event.eventId);
    await db().round.updateMany({ where: { eventId: event.eventId }, data: { seededAt: null } });
    await expectLost(lab, event.eventId);
  });

  it('keeps an existing gate if MySQL has lost its record of the seeding', async () => {
    const event = await lab.createEvent({ stock: 10 });
    await claimAll(lab, event.eventId, ['a']);
    await lab.persisted(event);
    await db().round.updateMany({ where: { eventId: event.eventId }, data: { seededAt: null } });
    await lab.sweep();
    expect(await seededAtMsOf(event.eventId)).toBeGreaterThan(0);
    expect(await lab.submit(event.eventId, 'b')).toMatchObject({ status: 'issued', serial: 2 });
  });

  it('gets no new gate for a later round if it brought back the previous round’s gate', async () => {
    const { eventId, name } = await lab.createEvent({ stock: 10 });
    const old = await redis().hgetall(gateKey(eventId));
    await lab.first.admin.reset({ eventId, confirm: name }, tester);
    await lab.first.admin.resume({ eventId }, tester);
    await claimAll(lab, eventId, ['a']);
    await lab.persisted({ eventId, round: 2 });
    await replaceRedis(lab, eventId);
    await redis().hset(gateKey(eventId), { ...old, runId: 'an earlier Redis' });
    await expectLost(lab, eventId, 2);
    expect(await readGate(redis(), eventId)).toMatchObject({ round: 1 });
  });

  describe('if a seeder died', () => {
    /** Dies before the row is committed: the gate exists, but the row does not name it. */
    async function dieBeforeCommit(eventId: string): Promise<void> {
      await runAsText(
        db(),
        `CREATE TRIGGER lose_mysql BEFORE UPDATE ON rounds FOR EACH ROW
        SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053, MESSAGE_TEXT = 'Server shutdown in progress'`,
      );
      try {
        await expect(seedRound(lab.first.stores, eventId, 1)).rejects.toThrow();
      } finally {
        await runAsText(db(), 'DROP TRIGGER lose_mysql');
      }
      const gate = await readGate(redis(), eventId);
      expect(gate?.runId).toMatch(/^seed:/);
      expect(gate?.runId).not.toBe(sealOf(await seededAtMsOf(eventId)));
    }
    /** Dies after the row is committed and before the gate is trusted. */
    async function dieBeforeTrust(eventId: string): Promise<void> {
      expect(await seedRound(lab.first.stores, eventId, 1)).toBe('seeded');
      await redis().hset(gateKey(eventId), 'runId', sealOf(await seededAtMsOf(eventId)));
    }

    describe.each([
      ['before the commit', dieBeforeCommit],
      ['after the commit, before the gate is trusted', dieBeforeTrust],
    ] as const)('%s,', (_when, die) => {
      it('has a gate that stops deciding once an earlier claim turns up', async () => {
        const { eventId } = await lab.createEvent({ stock: 10 });
        const told = await lab.submit(eventId, 'a');
        await replaceRedis(lab, eventId);
        await die(eventId);
        await storeLate(eventId, 'a', told);
        await expectLost(lab, eventId);
        expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({ verdict: 'clean' });
        expect(await readGate(redis(), eventId)).toMatchObject({ issued: 1, vacant: 0, paused: true });
      });

      it('has a gate that the sweep completes if nobody can have claimed', async () => {
        const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + behindMs });
        await redis().flushdb();
        await die(eventId);
        await lab.sweep();
        const gate = await readGate(redis(), eventId);
        expect(gate).toMatchObject({ runId: lab.first.stores.redis.system.runId(), issued: 0, paused: false });
        expect(await lab.first.admin.get(eventId)).toMatchObject({ seeded: true, gateLost: false });
      });
    });
  });

  it('rejects a gate from an old Redis file that was never trusted and is older than MySQL’s claims', async () => {
    const event = await lab.createEvent({ stock: 10 });
    const { eventId } = event;
    await claimAll(lab, eventId, ['a']);
    await lab.persisted(event);
    const { winners, outbox } = roundKeys(eventId, 1);
    await redis().del(winners, outbox);
    await redis().hset(gateKey(eventId), { issued: 0, runId: sealOf(await seededAtMsOf(eventId)) });
    await expectLost(lab, eventId);
  });
});

describe('if the claims had not reached MySQL before Redis was replaced, MySQL’s clock', () => {
  let mysql: MysqlWithClock;
  let redisUrl: string;
  let redisStores: Awaited<ReturnType<typeof createTestRedis>>;
  beforeAll(async () => {
    [mysql, redisStores] = await Promise.all([startMysqlWithClock(), createTestRedis()]);
    redisUrl = redisStores.redisUrl;
  });
  afterAll(async () => {
    await redisStores[Symbol.asyncDispose]();
    await mysql[Symbol.asyncDispose]();
  });
  async function labAt(nowMs: number): Promise<Lab> {
    await mysql.setClock(nowMs);
    return openLab({ redisUrl, databaseUrl: mysql.databaseUrl }, { env: { APPROVAL_STOCK: '100' } });
  }

  it('prevents a new gate, a later opening and an approval of an event that is open, and a repair pauses the event', async () => {
    await using lab = await labAt(Date.now() + 2 * behindMs);
    const { admin, clock } = lab.first;
    const { eventId } = await lab.createEvent({ stock: 10 });
    await claimAll(lab, eventId, ['a', 'b', 'c', 'd', 'e', 'f']);
    await replaceRedis(lab, eventId);
    await expectLost(lab, eventId);
    const later = admin.update({ eventId, opensAtMs: clock.nowMs() + 3_600_000 }, tester);
    await expect(later).rejects.toMatchObject({ code: 'gate_lost' });
    await expect(admin.topUp({ eventId, add: 100 }, tester)).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await admin.topUp({ eventId, add: 5 }, tester)).toMatchObject({ stock: 15, needsApproval: false });
    await expectLost(lab, eventId);
    expect(await admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({ verdict: 'clean' });
    expect(await admin.get(eventId)).toMatchObject({ paused: true, gateLost: false });
  });

  it('allows a new gate until the margin before the opening begins, and not within that margin', async () => {
    const mysqlNowMs = Date.now() + behindMs;
    await using lab = await labAt(mysqlNowMs);
    const { redis } = lab.first.stores;
    const early = await lab.createEvent({ opensAtMs: mysqlNowMs + openingMarginMs + 1 });
    const late = await lab.createEvent({ opensAtMs: mysqlNowMs + openingMarginMs });
    await redis.system.client.flushdb();
    await lab.sweep();
    expect(await readGate(redis.system.client, early.eventId)).toMatchObject({
      issued: 0,
      runId: redis.system.runId(),
    });
    await expectLost(lab, late.eventId);
    // Nothing was lost, but no process can know that. So a repair makes the gate, and an operator resumes the event.
    const repaired = await lab.first.admin.reconcile({ eventId: late.eventId, repair: true }, tester);
    expect(repaired).toMatchObject({ verdict: 'clean', issued: 0 });
    expect(await lab.first.admin.get(late.eventId)).toMatchObject({ paused: true, gateLost: false });
    expect(await lab.first.admin.resume({ eventId: late.eventId }, tester)).toMatchObject({ paused: false });
    expect(await readGate(redis.system.client, late.eventId)).toMatchObject({ issued: 0, vacant: 0, paused: false });
  });

  it('does not matter to a round that was never seeded: the round opens late', async () => {
    await using lab = await labAt(Date.now() + behindMs);
    const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    const opensAt = new Date(lab.first.clock.nowMs() - 5);
    await lab.first.stores.db.round.updateMany({ where: { eventId }, data: { opensAt } });
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1 });
  });
});
