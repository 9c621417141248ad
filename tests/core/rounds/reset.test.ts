import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import type { ResetInput } from '../../../core/changes/inputs.ts';
import { openCoder } from '../../../core/claims/code.ts';
import { readRoundStatus } from '../../../core/engines/gated/round-status.ts';
import { newGate } from '../../../core/engines/gated/seed-gate.ts';
import { insertUnit } from '../../../core/engines/units/unit-rows.ts';
import { takeUnits, type Attempt } from '../../../core/engines/units/unit-scripts.ts';
import { findEvent, findRound, type EventRow } from '../../../core/events/event-rows.ts';
import { addPendingChange } from '../../../core/events/pending-changes.ts';
import { beginRound } from '../../../core/gate/gate-scripts.ts';
import { readGate, sealOf } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { retireRound } from '../../../core/rounds/finish-round.ts';
import { readRoundStatuses } from '../../../core/rounds/round-statuses.ts';
import { seedRound } from '../../../core/rounds/seed-round.ts';
import { expectPastRound } from '../../support/expect-past-round.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { resetRowsAndDie } from '../../support/reset-rows-and-die.ts';
import { scriptSha } from '../../support/system.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const lab = useLab({ stores, platformCount: 2 });

const confirm = 'Opening sale';
const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const reset = (eventId: string, change: Partial<ResetInput> = {}) =>
  lab.first.admin.reset({ eventId, confirm, ...change }, tester);
const partsOf = (eventId: string, round: number): string[] => {
  const { gate: _gate, ...parts } = roundKeys(eventId, round);
  return Object.values(parts);
};
const trailOf = async (eventId: string) => (await listAudit(db(), { eventId, limit: 20 })).reverse().slice(1);

async function rowOf(eventId: string): Promise<EventRow> {
  const event = await findEvent(db(), eventId);
  if (event === null) throw new Error(`There is no event ${eventId}.`);
  return event;
}

async function expectInRound(eventId: string, round: number): Promise<void> {
  const { currentRound, version, roundRow } = await rowOf(eventId);
  expect(currentRound).toBe(round);
  expect(roundRow.seededAtMs).not.toBeNull();
  const runId = lab.first.stores.redis.system.runId();
  expect(await readGate(redis(), eventId)).toMatchObject({
    ...{ round, version, runId, pendingChanges: '', codeKey: roundRow.codeKey },
    ...{ stock: roundRow.stock, opensAtMs: roundRow.opensAtMs, closesAtMs: roundRow.closesAtMs },
    ...{ paused: roundRow.paused, closed: roundRow.closedAtMs !== null },
  });
}

describe('during a reset,', () => {
  it('claims continue in the previous round until the sweep, if the process died after changing the rows and before changing the gate', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    await lab.submit(eventId, 'a');
    await resetRowsAndDie(lab, eventId);
    expect(await lab.submit(eventId, 'b')).toMatchObject({ status: 'issued', serial: 2, round: 1 });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ round: 2, issued: 0, seeded: false, gateLost: false });
    await Promise.all([lab.sweep(), lab.sweep()]);
    await expectInRound(eventId, 2);
    expect(await lab.submit(eventId, 'b')).toEqual({ status: 'paused' });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 2, except: ['not_asked'] });
    expect(await trailOf(eventId)).toMatchObject([{ action: 'event.reset' }]);
  });

  it('a repair completes the reset if the process died after changing the rows, and does not report the gate as lost', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    await lab.submit(eventId, 'a');
    await resetRowsAndDie(lab, eventId);
    await lab.submit(eventId, 'b');
    const reconcile = (repair: boolean) => lab.first.admin.reconcile({ eventId, repair }, tester);
    const plain = await reconcile(false);
    expect(plain).toMatchObject({
      round: 2,
      verdict: 'drift',
      issued: 0,
      findings: [{ kind: 'config_drift', count: 1 }],
    });
    expect(plain.findings[0]?.examples[0]?.detail).toBe(
      'the event was reset to round 2 in MySQL, but the gate still decides in round 1: the sweep, or a repair, completes the reset',
    );
    expect(plain.advice).toEqual([expect.stringContaining(`coupon-admin reconcile ${eventId} --repair`)]);
    expect(await redis().exists(gateKey(eventId))).toBe(1);
    expect(await reconcile(true)).toMatchObject({ round: 2, verdict: 'clean' });
    await expectInRound(eventId, 2);
    expect(await lab.submit(eventId, 'c')).toEqual({ status: 'paused' });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 2, except: ['not_asked'] });
  });

  it('the sweep completes the reset if the process died after changing the rows, even if the new round opens in an hour or has already closed', async () => {
    const later = await lab.createEvent({ stock: 9 });
    const opensAtMs = lab.first.clock.nowMs() + 3_600_000;
    await resetRowsAndDie(lab, later.eventId, { opensAtMs });
    const over = await lab.createEvent({ stock: 9, closesAtMs: lab.first.clock.nowMs() + 60_000 });
    await resetRowsAndDie(lab, over.eventId);
    await db().round.updateMany({ where: { eventId: over.eventId, round: 2 }, data: { closedAt: new Date() } });
    await lab.sweep();
    await expectInRound(later.eventId, 2);
    expect(await lab.submit(later.eventId, 'a')).toMatchObject({ status: 'not_open', opensAtMs });
    expect(await lab.submit(over.eventId, 'a')).toEqual({ status: 'closed' });
  });

  it.each([
    ['paused', 0],
    ['not_open', 3_600_000],
  ])(
    'if the process died after changing the rows and Redis restarted, the first caller completes the reset and gets the answer %s',
    async (status, aheadMs) => {
      const { eventId } = await lab.createEvent({ stock: 9 });
      await lab.submit(eventId, 'a');
      await resetRowsAndDie(lab, eventId, aheadMs === 0 ? {} : { opensAtMs: lab.first.clock.nowMs() + aheadMs });
      await redis().hset(gateKey(eventId), 'runId', 'an earlier Redis');
      const answers = await Promise.all(users(20).map((user) => lab.submit(eventId, user)));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
      await expectInRound(eventId, 2);
    },
  );

  it('a check of the event that began before the reset does not report the gate as lost', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    const before = await rowOf(eventId);
    await reset(eventId);
    expect(await readRoundStatus(lab.first.stores, before)).toMatchObject({ current: false, gate: null, lost: false });
    await expect(seedRound(lab.first.stores, eventId, 1)).rejects.toMatchObject({ code: 'not_found' });
    expect(await retireRound(lab.first.stores, before)).toBe(false);
    await expectInRound(eventId, 2);
  });

  it('another change to the event completes the reset if the process died after changing the rows', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    await resetRowsAndDie(lab, eventId);
    expect(await lab.first.admin.resume({ eventId }, tester)).toMatchObject({ round: 2, paused: false, seeded: true });
    await expectInRound(eventId, 2);
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1, round: 2 });
  });

  it('another reset can follow if the process died after changing the rows', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    await lab.submit(eventId, 'a');
    await resetRowsAndDie(lab, eventId);
    expect(await reset(eventId)).toMatchObject({ round: 3, issued: 0 });
    await expectInRound(eventId, 3);
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 1, except: ['not_asked'] });
  });

  it.each(['before the row is updated', 'before it is trusted'])(
    'nothing is decided until the first caller completes the reset, if the process died after making the gate and %s',
    async (when) => {
      const { eventId } = await lab.createEvent({ stock: 9 });
      await lab.submit(eventId, 'a');
      await resetRowsAndDie(lab, eventId);
      const event = await rowOf(eventId);
      const before = await readGate(redis(), eventId);
      const seen = { round: '1', version: String(before?.version), pendingChanges: '' };
      const seededAtMs = lab.first.clock.nowMs();
      const begun = await beginRound(
        redis(),
        eventId,
        newGate(event, { runId: sealOf(seededAtMs), given: null }),
        'first',
        seen,
      );
      expect(begun).toMatchObject({ kind: 'seeded', issued: 1, soldOutAtMs: null });
      if (when !== 'before the row is updated') {
        await db().round.updateMany({ where: { eventId, round: 2 }, data: { seededAt: new Date(seededAtMs) } });
      }
      const answers = await Promise.all(users(20).map((user) => lab.submit(eventId, user)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['paused']));
      await expectInRound(eventId, 2);
    },
  );

  it('claims that are in the outbox at a reset are stored in their own round, and none of them enters the new round', async () => {
    const { eventId } = await lab.createEvent({ stock: 900 });
    const everybody = users(700);
    await lab.race(eventId, everybody);
    const first = lab.answersOf(eventId).splice(0);
    expect(await reset(eventId, { stock: 500 })).toMatchObject({ outbox: 0, persisted: 0, issued: 0 });
    expect(await redis().xlen(roundKeys(eventId, 1).outbox)).toBeGreaterThan(0);
    await lab.first.admin.resume({ eventId }, tester);
    await lab.race(eventId, everybody);
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, issued: 700 });
    await lab.prove(eventId, { issued: 500 });
  });
});

describe('a reset that does not reach Redis', () => {
  it('fails with an explanation, leaves the previous round running, and takes effect once if it is repeated', async () => {
    await using proxy = await startTcpProxy(Number(new URL(stores.redisUrl).port));
    await using hurt = await openLab({ ...stores, redisUrl: proxy.through(stores.redisUrl) });
    const { eventId } = await lab.createEvent({ stock: 9 });
    const sha = scriptSha('begin-round');
    proxy.onRequest = (chunk) => (chunk.includes(sha) ? 'lose' : 'pass');
    const ask = () => hurt.first.admin.reset({ eventId, confirm, requestId: `reset-${eventId}` }, tester);
    await expect(ask()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('was reset') as unknown,
    });
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', round: 1 });
    proxy.onRequest = undefined;
    proxy.cut();
    await expect.poll(ask, { timeout: 10_000 }).toMatchObject({ round: 2, paused: true, seeded: true });
    await expectInRound(eventId, 2);
    expect(await trailOf(eventId)).toHaveLength(1);
  });

  it('does not begin while Redis is unreachable, and changes nothing', async () => {
    const { eventId, version } = await lab.createEvent();
    await using away = await openLab({ ...stores, redisUrl: 'redis://127.0.0.1:1' });
    await expect(away.first.admin.reset({ eventId, confirm }, tester)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await rowOf(eventId)).toMatchObject({ version, currentRound: 1 });
  });

  it('succeeds if MySQL decides, because then it does not need Redis', async () => {
    await using away = await openLab({ ...stores, redisUrl: 'redis://127.0.0.1:1' });
    const { eventId } = await lab.createEvent({ strategy: 'db-lock' });
    expect(await away.first.admin.reset({ eventId, confirm }, tester)).toMatchObject({ round: 2, seeded: true });
  });
});

describe('stopping an event while MySQL is down in the middle of a reset', () => {
  it.each(['pause', 'close'] as const)(
    '(%s) stops the previous round, and leaves the new round paused',
    async (verb) => {
      const { eventId } = await lab.createEvent({ stock: 9 });
      await resetRowsAndDie(lab, eventId, { opensAtMs: lab.first.clock.nowMs() + 60_000 });
      await using away = await openLab({ ...stores, databaseUrl: 'mysql://nobody@127.0.0.1:1/nothing' });
      expect(await away.first.admin[verb]({ eventId }, { ...tester, reason: 'stop' })).toMatchObject({ round: 1 });
      await Promise.all([lab.sweep(), lab.sweep()]);
      await expectInRound(eventId, 2);
      expect(await lab.first.admin.get(eventId)).toMatchObject({ round: 2, paused: true, closed: false });
      const past = await findRound(db(), eventId, 1);
      expect(past?.roundRow.paused === true || past?.roundRow.closedAtMs !== null).toBe(true);
      expect(await trailOf(eventId)).toMatchObject([
        { action: 'event.reset', round: 2 },
        { action: `event.${verb}`, actor: 'tester', reason: 'stop', round: 1 },
        { action: 'event.pause', actor: 'firstcome', round: 2, after: { paused: true } },
      ]);
    },
  );

  it('stops the previous round if the stop came before the reset', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    const pendingChanges = addPendingChange('', {
      ...{ action: 'event.pause', actor: 'kim', role: 'operator', door: 'api', reason: null, requestId: 'r1' },
      ...{ inputHash: '', atMs: lab.first.clock.nowMs(), version: 2, info: {}, round: { paused: true } },
    });
    await redis().hset(gateKey(eventId), 'version', 2, 'paused', 1, 'carry', pendingChanges);
    const opensAtMs = lab.first.clock.nowMs() + 60_000;
    expect(await reset(eventId, { opensAtMs })).toMatchObject({ round: 2, paused: false });
    await expectInRound(eventId, 2);
    expect((await findRound(db(), eventId, 1))?.roundRow.paused).toBe(true);
    expect(await trailOf(eventId)).toMatchObject([{ action: 'event.pause' }, { action: 'event.reset' }]);
  });
});

describe('a reset of an event with a lost gate', () => {
  it.each<[string, (eventId: string) => Promise<unknown>]>([
    ['everything', (eventId) => redis().del(gateKey(eventId), ...partsOf(eventId, 1))],
    ['the gate', (eventId) => redis().del(gateKey(eventId))],
    ['the winners', (eventId) => redis().del(roundKeys(eventId, 1).winners)],
    ['a field of the gate', (eventId) => redis().hdel(gateKey(eventId), 'codeKey')],
    ['the gate to other data', (eventId) => redis().set(gateKey(eventId), 'nonsense')],
  ])('replaces the gate, and MySQL keeps its claims, if Redis lost %s', async (_what, lose) => {
    const event = await lab.createEvent({ stock: 50 });
    const { eventId } = event;
    for (const user of ['a', 'b']) await lab.submit(eventId, user);
    await lab.persisted(event);
    await lose(eventId);
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
    expect(await reset(eventId)).toMatchObject({ round: 2, paused: true, seeded: true, gateLost: false });
    await expectInRound(eventId, 2);
    await lab.first.admin.resume({ eventId }, tester);
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1, round: 2 });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 2, except: ['not_asked'] });
    expect(
      (await readRoundStatuses(lab.first.stores)).filter(({ event: { eventId: id } }) => id === eventId),
    ).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['has unreadable pending changes', 'carry'],
    ['has pending changes and is unreadable itself', 'stock'],
  ])('replaces the gate if it %s, and records the lost changes in the audit trail', async (_what, field) => {
    const event = await lab.createEvent({ stock: 50 });
    const { eventId } = event;
    await lab.submit(eventId, 'a');
    await lab.persisted(event);
    await redis().hset(gateKey(eventId), 'carry', '[{"action":"event.pause","atMs"', field, '[{"action":"event.pause"');
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
    await lab.sweep();
    expect(await reset(eventId)).toMatchObject({ round: 2, paused: true, gateLost: false });
    await expectInRound(eventId, 2);
    const trail = await trailOf(eventId);
    expect(trail.map(({ action, actor }) => ({ action, actor }))).toEqual([
      { action: 'event.reset', actor: 'tester' },
      { action: 'event.carry_lost', actor: 'firstcome' },
    ]);
    expect(trail[1]).toMatchObject({
      round: 1,
      before: { carry: expect.stringContaining('event.pause') as unknown },
    });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 1, except: ['not_asked'] });
  });

  it('is completed by the sweep if its process died, even if the gate’s pending changes are unreadable', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await lab.submit(eventId, 'a');
    await resetRowsAndDie(lab, eventId);
    await redis().hset(gateKey(eventId), 'carry', 'nonsense');
    await lab.sweep();
    await expectInRound(eventId, 2);
    expect((await trailOf(eventId)).map(({ action }) => action)).toEqual(['event.reset', 'event.carry_lost']);
  });

  it('keeps the event stopped, and the old gate inactive, if Redis already has keys of the new round', async () => {
    const { eventId } = await lab.createEvent({ stock: 9 });
    await lab.submit(eventId, 'a');
    const atMs = lab.first.clock.nowMs();
    await redis().hset(roundKeys(eventId, 2).winners, 'x', `1:${atMs}`);
    expect(await reset(eventId)).toMatchObject({ round: 2, gateLost: true });
    for (const user of ['a', 'b']) {
      await expect(lab.submit(eventId, user)).rejects.toMatchObject({ code: 'gate_lost' });
    }
    await lab.sweep();
    expect(await lab.first.admin.get(eventId)).toMatchObject({ round: 2, gateLost: true });
    const reconcile = (repair: boolean) => lab.first.admin.reconcile({ eventId, repair }, tester);
    expect(await reconcile(false)).toMatchObject({ verdict: 'drift' });
    expect(await reconcile(true)).toMatchObject({ verdict: 'clean', issued: 1 });
    await expectInRound(eventId, 2);
    await lab.first.admin.resume({ eventId }, tester);
    expect(await lab.submit(eventId, 'b')).toMatchObject({ status: 'issued', serial: 2, round: 2 });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 1, except: ['not_asked'] });
  });

  it('lets the new round’s gate be made again before the opening, like any gate', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await reset(eventId, { opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    await redis().del(gateKey(eventId));
    await lab.sweep();
    await expectInRound(eventId, 2);
  });

  it('stays in effect if an old Redis brings back the previous round’s gate, which decides nothing', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await lab.submit(eventId, 'a');
    const old = await redis().hgetall(gateKey(eventId));
    await reset(eventId);
    await lab.first.admin.resume({ eventId }, tester);
    await lab.submit(eventId, 'b');
    await redis().hset(gateKey(eventId), { ...old, runId: 'an earlier Redis' });
    await expect(lab.submit(eventId, 'c')).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
    await lab.sweep();
    expect(await readGate(redis(), eventId)).toMatchObject({ round: 1 });
  });
});

describe('a past round whose data differs between Redis and MySQL', () => {
  /** Resets an event while its lost gate is being rebuilt. `put` writes what Redis has from the previous round. */
  async function resetWhileRebuilt(put: (eventId: string, claimedAtMs: number) => Promise<unknown>): Promise<string> {
    const event = await lab.createEvent({ stock: 9 });
    const { eventId } = event;
    for (const user of ['a', 'b', 'c']) await lab.submit(eventId, user);
    const [first] = await lab.persisted(event);
    await redis().del(gateKey(eventId), ...partsOf(eventId, 1));
    await db().round.updateMany({ where: { eventId, round: 1 }, data: { rebuildingAt: new Date() } });
    await put(eventId, first?.claimedAtMs ?? 0);
    await reset(eventId);
    await expectInRound(eventId, 2);
    return eventId;
  }
  const winnersOfRoundOne = (eventId: string) => roundKeys(eventId, 1).winners;
  const reconcile = (eventId: string, repair = false) => lab.first.admin.reconcile({ eventId, repair }, tester);

  it('leaves Redis if MySQL has everything that Redis has', async () => {
    const eventId = await resetWhileRebuilt((id, atMs) => redis().hset(winnersOfRoundOne(id), 'a', `1:${atMs}`));
    expect(await reconcile(eventId)).toMatchObject({ verdict: 'clean' });
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 3, except: ['not_asked'] });
  });

  it.each<[string, string, string]>([
    ['a winner whom MySQL lacks', 'ghost', '4'],
    ['a winner whose claim differs in MySQL', 'a', '9'],
  ])('is reported by a reconcile if it has %s', async (_what, user, serial) => {
    const eventId = await resetWhileRebuilt((id, atMs) =>
      redis().hset(winnersOfRoundOne(id), user, `${serial}:${atMs + 60_000}`),
    );
    await lab.sweep();
    expect(await redis().hlen(winnersOfRoundOne(eventId))).toBe(1);
    const reported = { findings: [{ kind: 'stale_round', count: 1 }], verdict: 'drift' };
    expect(await reconcile(eventId)).toMatchObject(reported);
    if (user === 'ghost') {
      expect(await reconcile(eventId, true)).toMatchObject({ verdict: 'clean', repaired: 1 });
      await lab.sweep();
      await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 4, except: ['not_asked'] });
    } else {
      // A person must decide which store is right.
      expect(await reconcile(eventId, true)).toMatchObject(reported);
      await redis().hdel(winnersOfRoundOne(eventId), user);
      expect(await reconcile(eventId)).toMatchObject({ verdict: 'clean' });
    }
  });
});

describe('a retired round', () => {
  it('stays retired after a reset, and the next round follows', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    await lab.race(eventId, ['a', 'b', 'c']);
    const first = lab.answersOf(eventId).splice(0);
    await lab.sweep(0);
    expect(await readGate(redis(), eventId)).toBeNull();
    expect(await reset(eventId)).toMatchObject({ round: 2, paused: true, issued: 0, persisted: 0 });
    await expectInRound(eventId, 2);
    expect(await lab.first.claims.mine(eventId, 'a')).toBeNull();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, issued: 2 });
  });

  it('leaves Redis again after a reset if a top-up had begun to rebuild it', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    await lab.race(eventId, ['a', 'b', 'c']);
    const first = lab.answersOf(eventId).splice(0);
    await lab.sweep(0);
    // The state after a top-up that died midway.
    await db().round.updateMany({ where: { eventId }, data: { stock: 3, rebuildingAt: new Date() } });
    const [won] = await db().claim.findMany({ where: { eventId, serial: 1 } });
    if (won === undefined) throw new Error('nobody won');
    await redis().hset(roundKeys(eventId, 1).winners, won.userId, `1:${won.claimedAt.getTime()}`);
    await reset(eventId);
    await expectInRound(eventId, 2);
    await lab.sweep();
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, issued: 2, except: ['too_few'] });
  });
});

describe.each(['redis-counter', 'redis-counter-set'] as const)(
  'after a reset, units of the previous round of %s',
  (strategy) => {
    const runId = () => lab.first.stores.redis.system.runId() ?? '';

    async function takeAndDie(eventId: string, userIds: string[]): Promise<Attempt[]> {
      const keys = roundKeys(eventId, 1);
      const callId = strategy === 'redis-counter' ? 'call' : '';
      const taken = await takeUnits(
        redis(),
        keys,
        { round: 1, runId: runId(), strategy },
        { unitsMax: 256, callId, users: userIds },
      );
      if (taken.kind !== 'decided') throw new Error(taken.kind);
      return taken.results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : []));
    }

    /** Lets the attempts expire, by any clock that the sweep may use. */
    async function expire(eventId: string, units: Attempt[]): Promise<void> {
      for (const { number, attempt } of units) {
        const expired = attempt.replace(/^(\d+):\d+:/, '$1:1:');
        await redis().hset(roundKeys(eventId, 1).attempts, number, expired);
      }
    }

    async function store(eventId: string, { number, userId, claimedAtMs }: Attempt): Promise<void> {
      const codeKey = (await findRound(db(), eventId, 1))?.roundRow.codeKey ?? Buffer.alloc(1);
      const claim = {
        eventId,
        round: 1,
        serial: number,
        userId,
        claimedAtMs,
        code: openCoder(codeKey)(number, userId),
      };
      expect(await lab.first.stores.sessions.use((session) => insertUnit(session, claim))).toEqual({ kind: 'stored' });
    }

    it('count if MySQL has them and are dropped if not, and only the previous round waits for them', async () => {
      const { eventId } = await lab.createEvent({ stock: 9, strategy });
      await lab.claim(eventId, 'first');
      const units = await takeAndDie(eventId, ['a', 'b', 'c']);
      const [stored, late] = units;
      if (stored === undefined || late === undefined) throw new Error('no units');
      await store(eventId, stored);
      await reset(eventId, { stock: 3 });
      await lab.first.admin.resume({ eventId }, tester);
      await lab.sweep();
      expect(await redis().hlen(roundKeys(eventId, 1).attempts)).toBe(3);
      const recorded = lab.answersOf(eventId);
      const first = recorded.splice(0);
      await lab.race(eventId, ['a', 'b', 'c', 'first', 'z']);
      await lab.prove(eventId, { issued: 3 });
      // The insert of this unit reaches MySQL only now.
      await store(eventId, late);
      await expire(eventId, units);
      await lab.sweep();
      const past = await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, except: ['not_asked'] });
      expect(past.map(({ userId }) => userId)).toEqual(['first', 'a', 'b']);
      await lab.prove(eventId, { issued: 3 });
    });

    it('count even if the new round has already left Redis', async () => {
      const { eventId } = await lab.createEvent({ stock: 9, strategy });
      const units = await takeAndDie(eventId, ['a', 'b']);
      const [stored] = units;
      if (stored === undefined) throw new Error('no units');
      await store(eventId, stored);
      await reset(eventId);
      await lab.first.admin.close({ eventId }, tester);
      await lab.sweep(0);
      expect(await readGate(redis(), eventId)).toBeNull();
      await expire(eventId, units);
      await lab.sweep(0);
      await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 1, except: ['not_asked'] });
    });
  },
);

describe('a reset', () => {
  it('happens once per request, however often it is repeated', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    const ask = () => reset(eventId, { stock: 6, requestId: `once-${eventId}` });
    const rounds = (await Promise.all([ask(), ask(), ask()])).map(({ round }) => round);
    expect(rounds).toEqual([2, 2, 2]);
    expect(await ask()).toMatchObject({ round: 2, stock: 6 });
    const other = reset(eventId, { stock: 7, requestId: `once-${eventId}` });
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    expect(await trailOf(eventId)).toHaveLength(1);
  });

  it.each<[string, Partial<ResetInput>, string]>([
    ['the wrong name', { confirm: 'Opening Sale' }, 'confirm'],
    ['an opening time in the past', { opensAtMs: 1 }, 'opensAt'],
    ['a closing time before the opening time', { closesAtMs: 1 }, 'closesAt'],
    ['no stock', { stock: 0 }, 'stock'],
  ])('is refused with %s, and changes nothing', async (_what, change, field) => {
    const { eventId, version } = await lab.createEvent();
    const refused = reset(eventId, change);
    await expect(refused).rejects.toMatchObject({ code: 'bad_request', issues: [{ path: [field] }] });
    expect(await rowOf(eventId)).toMatchObject({ version, currentRound: 1 });
    expect(await readGate(redis(), eventId)).toMatchObject({ version, round: 1 });
    expect(await trailOf(eventId)).toEqual([]);
    expect((await lab.submit(eventId, 'a')).status).toBe('issued');
  });

  it('is refused for an outdated version, and for an event that does not exist', async () => {
    const { eventId, version } = await lab.createEvent();
    await expect(reset(eventId, { version: version + 1 })).rejects.toMatchObject({ code: 'conflict' });
    await expect(reset('nothing')).rejects.toMatchObject({ code: 'not_found' });
    expect(await reset(eventId, { version })).toMatchObject({ round: 2 });
  });

  it('keeps the event’s settings, but reopens a closed event', async () => {
    const closesAtMs = lab.first.clock.nowMs() + 3_600_000;
    const { eventId, opensAtMs } = await lab.createEvent({ stock: 5, closesAtMs, listed: false, description: 'd' });
    await lab.first.admin.close({ eventId }, tester);
    expect(await reset(eventId)).toMatchObject({
      ...{ round: 2, stock: 5, opensAtMs, closesAtMs, paused: true, closed: false, listed: false, description: 'd' },
    });
    await lab.first.admin.resume({ eventId }, tester);
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1, round: 2 });
    expect(await reset(eventId, { closesAtMs: null })).toMatchObject({ round: 3, closesAtMs: null });
  });

  it('is in the audit trail, with the state before and after', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    await lab.first.admin.reset({ eventId, confirm, stock: 8 }, { ...tester, reason: 'again' });
    expect(await trailOf(eventId)).toMatchObject([
      {
        ...{ action: 'event.reset', actor: 'tester', role: 'admin', door: 'api', reason: 'again', round: 2 },
        before: { round: 1, stock: 5, paused: false, version: 1 },
        after: { round: 2, stock: 8, paused: true, version: 2 },
      },
    ]);
  });

  it('with a closing time adds a job that verifies the new round after that time', async () => {
    const { eventId } = await lab.createEvent();
    const opensAtMs = lab.first.clock.nowMs() + 3_600_000;
    await reset(eventId, { opensAtMs, closesAtMs: opensAtMs + 1_000 });
    const jobs = await redis().keys(`*finish-${eventId}-2-*`);
    expect(jobs).toHaveLength(1);
  });
});
