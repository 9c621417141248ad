import { beforeEach, describe, expect, it } from 'vitest';
import { countClaims } from '../../../../core/claims/claim-rows.ts';
import { openCoder } from '../../../../core/claims/code.ts';
import { findGateLoss } from '../../../../core/engines/gated/gate-loss.ts';
import { judgeUnits } from '../../../../core/engines/units/judge-units.ts';
import { insertUnit } from '../../../../core/engines/units/unit-rows.ts';
import { countUnits, takeUnits, returnUnits, type Attempt } from '../../../../core/engines/units/unit-scripts.ts';
import { findEvent } from '../../../../core/events/event-rows.ts';
import { readGate } from '../../../../core/gate/gate.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import { retireRound } from '../../../../core/rounds/finish-round.ts';
import { tester, useLab, users } from '../../../support/lab.ts';
import { waitFor } from '../../../support/wait-for.ts';

let eventId: string;
const lab = useLab({ platformCount: 2, strategy: 'redis-counter-set' });
beforeEach(async () => {
  ({ eventId } = await lab.createEvent({ stock: 5 }));
  expect((await lab.claim(eventId, 'first')).status).toBe('issued');
});

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const keys = () => roundKeys(eventId, 1);
const expected = () =>
  ({ round: 1, runId: lab.first.stores.redis.system.runId() ?? '', strategy: 'redis-counter-set' }) as const;

/**
 * Takes units like a process that dies before it writes to MySQL. If `expired` is set, the deadlines of the attempts
 * have already passed.
 */
async function takeAndDie(userIds: string[], { expired }: { expired: boolean }): Promise<Attempt[]> {
  const taken = await takeUnits(redis(), keys(), expected(), { unitsMax: 256, callId: '', users: userIds });
  if (taken.kind !== 'decided') throw new Error(taken.kind);
  const units = taken.results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : []));
  if (!expired) return units;
  return Promise.all(
    units.map(async (unit) => {
      // The deadline is one second before the claim's time, so it has passed by any clock that the sweep may use.
      const overAtMs = unit.claimedAtMs - 1_000;
      const attempt = `${unit.claimedAtMs}:${overAtMs}:${unit.userId}`;
      await redis().hset(keys().attempts, unit.number, attempt);
      return { ...unit, attempt, deadlineMs: overAtMs };
    }),
  );
}

/** Inserts a unit's claim into MySQL, like a writer that was delayed. */
async function store({ number, userId, claimedAtMs }: Attempt): Promise<void> {
  const gate = await readGate(redis(), eventId);
  if (gate === null) throw new Error('no gate');
  const claim = {
    eventId,
    round: 1,
    serial: number,
    userId,
    claimedAtMs,
    code: openCoder(gate.codeKey)(number, userId),
  };
  expect(await lab.first.stores.sessions.use((session) => insertUnit(session, claim))).toEqual({ kind: 'stored' });
}

async function judged() {
  const event = await findEvent(db(), eventId);
  if (event === null) throw new Error('no event');
  return judgeUnits(lab.first.stores, event);
}

describe('the sweep', () => {
  it('returns the numbers of units that MySQL does not have, and settles the units that MySQL has', async () => {
    const units = await takeAndDie(['a', 'b', 'c'], { expired: true });
    const [, second] = units;
    if (second === undefined) throw new Error('no unit');
    await store(second);
    await lab.sweep();
    expect(await countUnits(redis(), keys(), 1)).toMatchObject({ issued: 2, given: 4, attempts: 0, returned: 2 });
    await lab.race(eventId, [...users(20), 'first', 'b']);
    expect(await lab.claim(eventId, 'b')).toMatchObject({ status: 'issued', serial: 3, replayed: true });
    await lab.prove(eventId, { issued: 5 });
  });

  it('leaves units alone if their writers may still be at work', async () => {
    const units = await takeAndDie(['a', 'b'], { expired: false });
    expect(await judged()).toEqual({ settled: 0, returned: 0, open: 2 });
    await returnUnits(redis(), keys(), expected(), units);
  });

  it('finds a claim that MySQL stored after its unit was returned', async () => {
    const [unit] = await takeAndDie(['late'], { expired: true });
    if (unit === undefined) throw new Error('no unit');
    expect(await judged()).toMatchObject({ returned: 1 });
    await store(unit);
    expect(await judged()).toEqual({ settled: 1, returned: 0, open: 0 });
    expect(await lab.claim(eventId, 'late')).toMatchObject({ serial: unit.number, replayed: true });
  });

  it('runs twice at once without harm', async () => {
    const units = await takeAndDie(['a', 'b', 'c'], { expired: true });
    await Promise.all(units.slice(0, 2).map(store));
    const both = await Promise.all([judged(), judged()]);
    expect(both.map(({ settled }) => settled).reduce((sum, count) => sum + count)).toBe(2);
    expect(both.map(({ returned }) => returned).reduce((sum, count) => sum + count)).toBe(1);
    expect(await countUnits(redis(), keys(), 1)).toMatchObject({ issued: 3, attempts: 0, holders: 0, returned: 1 });
  });
});

describe('a user whose first call was interrupted', () => {
  it.each(['before MySQL had the claim', 'after MySQL had the claim'])(
    'has one claim if the process died %s',
    async (when) => {
      const [unit] = await takeAndDie(['kim'], { expired: false });
      if (unit === undefined) throw new Error('no unit');
      if (when === 'after MySQL had the claim') await store(unit);
      expect(await lab.first.claims.mine(eventId, 'kim')).toEqual(
        when === 'after MySQL had the claim'
          ? expect.objectContaining({ serial: unit.number, state: 'persisted' })
          : null,
      );
      const outcome = await lab.claim(eventId, 'kim');
      expect(outcome).toMatchObject({ status: 'issued', serial: unit.number, claimedAtMs: unit.claimedAtMs });
      expect(await lab.claim(eventId, 'kim')).toEqual({ ...outcome, replayed: true });
    },
  );
});

it('if MySQL has a number for another user, that user keeps the number, and the intended user gets a different one', async () => {
  const [slow] = await takeAndDie(['slow'], { expired: true });
  if (slow === undefined) throw new Error('no unit');
  await judged();
  await store(slow);
  expect(await lab.claim(eventId, 'quick')).toMatchObject({ status: 'issued', serial: slow.number + 1 });
  expect(await lab.claim(eventId, 'slow')).toMatchObject({ status: 'issued', serial: slow.number, replayed: true });
  await lab.race(eventId, users(10));
  await lab.prove(eventId, { issued: 5, except: ['not_asked'] });
});

it('the stock can be lowered below returned numbers, and MySQL refuses a late insert of such a number', async () => {
  const units = await takeAndDie(['a', 'b'], { expired: true });
  const [, last] = units;
  if (last === undefined) throw new Error('no unit');
  const confirm = 'Opening sale';
  const tooLow = lab.first.admin.update({ eventId, stock: 2, confirm }, tester);
  await expect(tooLow).rejects.toMatchObject({ code: 'conflict' });
  await judged();
  expect(await lab.first.admin.update({ eventId, stock: 2, confirm }, tester)).toMatchObject({ stock: 2 });
  await expect(store(last)).rejects.toThrow('refused');
  await lab.race(eventId, users(4));
  await lab.prove(eventId, { issued: 2 });
});

it('a waiting user gets the answer busy while the last units are unsettled, and later gets a returned number', async () => {
  const units = await takeAndDie(['a', 'b', 'c', 'd'], { expired: false });
  await expect(lab.submit(eventId, 'z')).rejects.toMatchObject({ code: 'busy' });
  const waiting = lab.claim(eventId, 'z');
  await returnUnits(redis(), keys(), expected(), units.slice(2, 3));
  expect(await waiting).toMatchObject({ status: 'issued', serial: 4 });
  await returnUnits(redis(), keys(), expected(), units);
});

describe('a gate that differs from MySQL', () => {
  it('is reported as lost if MySQL has a number that the gate never gave out', async () => {
    const [unit] = await takeAndDie(['a'], { expired: true });
    if (unit === undefined) throw new Error('no unit');
    await store({ ...unit, number: 4, userId: 'b' });
    await redis().hset(keys().gate, 'runId', 'an earlier Redis');
    await expect(lab.submit(eventId, 'c')).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
  });

  it('is reported as lost if some keys of its round are lost', async () => {
    await takeAndDie(['a'], { expired: true });
    await redis().del(keys().holders);
    await expect(lab.submit(eventId, 'c')).rejects.toMatchObject({ code: 'gate_lost' });
  });

  it('is trusted again after a restart of Redis, even if units are being written', async () => {
    const [unit] = await takeAndDie(['a'], { expired: true });
    if (unit === undefined) throw new Error('no unit');
    await store(unit);
    await redis().hset(keys().gate, 'runId', 'an earlier Redis');
    expect(await lab.claim(eventId, 'a')).toMatchObject({ status: 'issued', serial: unit.number });
    await lab.race(eventId, users(10));
    await lab.prove(eventId, { issued: 5 });
  });
});

it('a finished round waits for its last units, and then retires with every claim intact', async () => {
  await lab.race(eventId, ['a', 'b']);
  const [unit] = await takeAndDie(['dead'], { expired: false });
  if (unit === undefined) throw new Error('no unit');
  const [above] = await takeAndDie(['above'], { expired: false });
  if (above === undefined) throw new Error('no unit');
  await store(above);
  await lab.first.admin.update({ eventId, closesAtMs: lab.first.clock.nowMs() + 50 }, tester);
  await waitFor(async () => (await lab.claim(eventId, 'z')).status === 'closed', { what: 'the closing time' });
  await lab.sweep(0);
  expect(await redis().exists(keys().gate)).toBe(1);
  await returnUnits(redis(), keys(), expected(), [unit, above]);
  await lab.sweep(0);
  await lab.sweep(0);
  expect(await redis().exists(...Object.values(keys()))).toBe(0);
  expect(await countClaims(db(), eventId, 1)).toBe(4);
  expect(await lab.first.events.get(eventId)).toMatchObject({ issued: 4 });
  expect(await lab.first.claims.mine(eventId, 'above')).toMatchObject({ serial: above.number });
});

it('a top-up rebuilds a sold-out round that was retired', async () => {
  await lab.race(eventId, users(9));
  await lab.sweep(0);
  expect(await redis().exists(...Object.values(keys()))).toBe(0);
  expect(await lab.claim(eventId, 'late')).toEqual({ status: 'sold_out' });
  await lab.first.admin.topUp({ eventId, add: 2 }, tester);
  await lab.race(eventId, ['late', 'later', 'latest']);
  await lab.prove(eventId, { issued: 7, except: ['won_and_lost', 'won_after_sold_out'] });
});

it('after a round was retired and rebuilt, its proof still shows which serials were returned', async () => {
  const units = await takeAndDie(['dead'], { expired: false });
  await lab.claim(eventId, 'y');
  await laterThan((await readGate(redis(), eventId))?.lastAtMs ?? 0);
  await lab.claim(eventId, 'z');
  await laterThan((await readGate(redis(), eventId))?.lastAtMs ?? 0);
  await returnUnits(redis(), keys(), expected(), units);
  expect(await lab.claim(eventId, 'late')).toMatchObject({ serial: 2 });
  await lab.claim(eventId, 'last');
  expect(await lab.claim(eventId, 'loser')).toEqual({ status: 'sold_out' });
  await lab.prove(eventId, { issued: 5 });
  const before = await readGate(redis(), eventId);
  await lab.sweep(0);
  expect(await readGate(redis(), eventId)).toBeNull();
  await lab.first.admin.topUp({ eventId, add: 1 }, tester);
  expect(await readGate(redis(), eventId)).toMatchObject({ lastAtMs: before?.lastAtMs, given: 5, issued: 5 });
  await lab.claim(eventId, 'more');
  await lab.prove(eventId, { issued: 6, except: ['won_after_sold_out'] });
});

it('units go to the callers who have waited longest, not to later callers', async () => {
  const units = await takeAndDie(users(4), { expired: false });
  const winners: string[] = [];
  const ask = (user: string): Promise<void> =>
    lab.platforms[0]?.claims.submit(eventId, user).then(
      ({ status }) => void (status === 'issued' && winners.push(user)),
      () => undefined,
    ) ?? Promise.resolve();
  const early = ['old-1', 'old-2', 'old-3', 'old-4'].map(ask);
  const late: Promise<void>[] = [];
  // Once this later caller has an answer, the earlier callers are waiting.
  await waitFor(() => late.push(ask(`new-${late.length}`)) > 10, { what: 'later callers' });
  const returning = returnUnits(redis(), keys(), expected(), units);
  await waitFor(() => late.push(ask(`new-${late.length}`)) > 20, { what: 'more later callers' });
  await Promise.all([returning, ...early, ...late]);
  expect(winners.sort()).toEqual(['old-1', 'old-2', 'old-3', 'old-4']);
});

it('a round that retires between two reads is not reported as lost', async () => {
  await lab.race(eventId, users(9));
  const event = await findEvent(db(), eventId);
  const gate = await readGate(redis(), eventId);
  if (event === null || gate === null) throw new Error('no event');
  expect(await retireRound(lab.first.stores, event)).toBe(true);
  expect(await findGateLoss(lab.first.stores, event, gate, 5)).toBeNull();
});

it('a redis-counter caller without a unit gets the answer paused at once, even while other callers’ units are being written', async () => {
  const paused = await lab.createEvent({ stock: 5, strategy: 'redis-counter' });
  await lab.claim(paused.eventId, 'first');
  const wanted = { unitsMax: 1, callId: 'a call that died', users: ['dead'] };
  const { strategy } = paused;
  await takeUnits(redis(), roundKeys(paused.eventId, 1), { ...expected(), strategy }, wanted);
  await lab.first.admin.pause({ eventId: paused.eventId }, tester);
  expect(await lab.submit(paused.eventId, 'somebody')).toEqual({ status: 'paused' });
  expect(await lab.submit(paused.eventId, 'first')).toMatchObject({ status: 'issued', replayed: true });
  await expect(lab.submit(paused.eventId, 'dead')).rejects.toMatchObject({ code: 'busy' });
});

it('an event whose row is locked leaves enough connections for other events', async () => {
  const other = await lab.createEvent({ stock: 100, strategy: 'db-lock' });
  await Promise.all([lab.claim(other.eventId, 'first'), lab.claim(eventId, 'again')]);
  const { promise: kept, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const keeping = db().$transaction(async (tx) => {
    await tx.$queryRaw`SELECT stock FROM rounds WHERE event_id = ${eventId} AND round = 1 FOR UPDATE`;
    begin();
    await kept;
  });
  await begun;
  let keeps = true;
  const crowd = users(300).map(async (user) => {
    while (keeps) await lab.submit(eventId, user).catch(() => null);
  });
  const outcomes = await Promise.all(users(40).map((user) => lab.claim(other.eventId, user)));
  keeps = false;
  letGo();
  await Promise.all([keeping, ...crowd]);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['issued']));
});

/** Waits until Redis's clock has passed the given time, so that the next decision gets a later time. */
const laterThan = (atMs: number) => waitFor(() => lab.first.clock.nowMs() > atMs + 1, { what: 'another millisecond' });
