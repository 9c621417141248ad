import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findEvent } from '../../../core/events/event-rows.ts';
import { readGate, sealOf } from '../../../core/gate/gate.ts';
import { lockEvent } from '../../../core/gate/sync-gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { readRoundStatuses } from '../../../core/rounds/round-statuses.ts';
import { seedRound } from '../../../core/rounds/seed-round.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { runAsText } from '../../support/run-as-text.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const lab = useLab({ stores, platformCount: 2 });

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
/** Moves an unseeded event's opening into the past. */
const openNow = (eventId: string) =>
  db().round.updateMany({ where: { eventId }, data: { opensAt: new Date(lab.first.clock.nowMs() - 5) } });
const submitAll = (eventId: string, everybody: string[]) =>
  Promise.all(everybody.map((user) => lab.submit(eventId, user).catch((err: unknown) => err)));

describe('a gate that is lost while claims are accepted', () => {
  it.each<[string, (eventId: string) => Promise<unknown>]>([
    ['everything', () => redis().flushdb()],
    ['the gate', (eventId) => redis().del(gateKey(eventId))],
    ['the winners', (eventId) => redis().del(roundKeys(eventId, 1).winners)],
    ['a single winner', (eventId) => redis().hdel(roundKeys(eventId, 1).winners, 'first')],
  ])('stops the event if Redis lost %s', async (_what, lose) => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await lab.submit(eventId, 'first');
    await submitAll(eventId, users(9));
    await lose(eventId);
    await lab.sweep();
    const answers = await submitAll(eventId, ['first', ...users(20)]);
    expect(answers.every((answer) => (answer as { code?: string }).code === 'gate_lost')).toBe(true);
    await lab.sweep();
    await expect(lab.submit(eventId, 'new')).rejects.toMatchObject({ code: 'gate_lost' });
    expect((await readGate(redis(), eventId))?.issued ?? 0).toBeLessThanOrEqual(10);
  });

  it('still lets everybody see the event and the claims that MySQL has', async () => {
    const event = await lab.createEvent({ stock: 50 });
    const won = await lab.submit(event.eventId, 'first');
    await lab.persisted(event);
    await redis().flushdb();
    const { status: _status, replayed: _replayed, ...claim } = won as Extract<typeof won, { status: 'issued' }>;
    expect(await lab.first.claims.mine(event.eventId, 'first')).toEqual({ ...claim, state: 'persisted' });
    await expect(lab.first.claims.mine(event.eventId, 'nobody')).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await lab.first.admin.get(event.eventId)).toMatchObject({
      ...{ issued: 1, persisted: 1, seeded: false, gateLost: true },
    });
    const checks = await lab.first.health.check();
    expect(checks.find(({ name }) => name === 'lost_gates')).toMatchObject({ ok: false, required: false });
  });
});

describe('a gate that is lost after MySQL lost a claim', () => {
  it('counts every serial up to the highest as issued, and does not let the stock be lowered below that serial', async () => {
    const event = await lab.createEvent({ stock: 50 });
    const { eventId } = event;
    for (const user of ['a', 'b', 'c']) await lab.submit(eventId, user);
    await lab.persisted(event);
    await db().claim.deleteMany({ where: { eventId, serial: 2 } });
    await redis().flushdb();
    expect(await lab.first.events.get(eventId)).toMatchObject({ issued: 3 });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ issued: 3, persisted: 2 });
    await expect(lab.first.admin.update({ eventId, stock: 2 }, tester)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a gate that another program wrote to', () => {
  it.each<[string, (eventId: string) => Promise<unknown>]>([
    ['an invalid number', (eventId) => redis().hset(gateKey(eventId), 'stock', 'many')],
    ['invalid JSON', (eventId) => redis().hset(gateKey(eventId), 'info', '{')],
    ['another type', (eventId) => redis().set(gateKey(eventId), 'mine')],
  ])('stops its event, but not the sweep of other events, if it contains %s', async (_what, damage) => {
    const [damaged, other] = [await lab.createEvent(), await lab.createEvent()];
    await lab.submit(damaged.eventId, 'a');
    await damage(damaged.eventId);
    await db().event.update({ where: { id: other.eventId }, data: { version: 2 } });
    await lab.sweep();
    expect(await readGate(redis(), other.eventId)).toMatchObject({ version: 2 });
    const rounds = await readRoundStatuses(lab.first.stores);
    expect(rounds.find(({ event }) => event.eventId === damaged.eventId)).toMatchObject({ gate: null, lost: true });
    await using later = await openLab(stores);
    await expect(later.submit(damaged.eventId, 'b')).rejects.toMatchObject({ code: 'gate_lost' });
    await redis().del(gateKey(damaged.eventId));
  });

  it('does not stop the sweep of other events if it names an unknown strategy', async () => {
    const damaged = await lab.createEvent();
    await redis().hset(gateKey(damaged.eventId), 'strategy', 'mine');
    const rounds = await readRoundStatuses(lab.first.stores);
    expect(rounds.find(({ event }) => event.eventId === damaged.eventId)).toMatchObject({ gate: null, lost: true });
    await using later = await openLab(stores);
    await expect(later.submit(damaged.eventId, 'b')).rejects.toMatchObject({ code: 'gate_lost' });
    await db().event.update({ where: { id: damaged.eventId }, data: { strategy: 'mine' } });
    await using oldest = await openLab(stores);
    // The row also names the unknown strategy, so perhaps this process is simply too old.
    await expect(oldest.submit(damaged.eventId, 'b')).rejects.toMatchObject({ code: 'unavailable' });
    await db().event.update({ where: { id: damaged.eventId }, data: { strategy: damaged.strategy } });
    await redis().del(gateKey(damaged.eventId));
  });

  it.each([
    ['redis-stream', 'redis-counter-set'],
    ['redis-counter-set', 'redis-counter'],
    ['redis-counter', 'redis-stream'],
  ] as const)('stops an event of %s if it names %s, until a repair', async (strategy, named) => {
    const { eventId } = await lab.createEvent({ strategy, stock: 9 });
    expect(await lab.submit(eventId, 'a')).toMatchObject({ serial: 1 });
    await redis().hset(gateKey(eventId), 'strategy', named, 'runId', 'of a Redis that ran before');
    const lost = async () =>
      (await readRoundStatuses(lab.first.stores)).find(({ event }) => event.eventId === eventId)?.lost;
    expect(await lost()).toBe(true);
    for (const platform of lab.platforms) {
      await expect(platform.claims.submit(eventId, 'b')).rejects.toMatchObject({ code: 'gate_lost' });
    }
    const repaired = await lab.first.admin.reconcile({ eventId, repair: true }, tester);
    expect(repaired).toMatchObject({ verdict: 'clean', repaired: 1 });
    expect(await readGate(redis(), eventId)).toMatchObject({ strategy });
    if (repaired.advice.length > 0) await lab.first.admin.resume({ eventId }, tester);
    expect(await lab.claim(eventId, 'a')).toMatchObject({ serial: 1, replayed: true });
    expect(await lab.claim(eventId, 'b')).toMatchObject({ status: 'issued', serial: 2 });
    expect(await lost()).toBe(false);
  });

  it.each(['outbox', 'winners', 'setAside'] as const)(
    'leaves the sweep of other events running if the event’s %s is damaged',
    async (part) => {
      const [damaged, other] = [await lab.createEvent(), await lab.createEvent()];
      const key = roundKeys(damaged.eventId, 1)[part];
      await redis().set(key, 'mine');
      await db().event.update({ where: { id: other.eventId }, data: { version: 2 } });
      await lab.sweep();
      expect(await readGate(redis(), other.eventId)).toMatchObject({ version: 2 });
      const rounds = await readRoundStatuses(lab.first.stores);
      expect(rounds.find(({ event }) => event.eventId === damaged.eventId)).toMatchObject({ lost: true });
      await redis().del(key);
    },
  );
});

describe('a gate that is lost before anybody could claim', () => {
  it('is made again by the sweep', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 30_000 });
    await redis().flushdb();
    await Promise.all([lab.sweep(), lab.sweep()]);
    expect(await readGate(redis(), eventId)).toMatchObject({ round: 1, issued: 0 });
  });

  it('is made again by the first user who asks', async () => {
    const opensAtMs = lab.first.clock.nowMs() + 30_000;
    const { eventId } = await lab.createEvent({ opensAtMs });
    await redis().flushdb();
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'not_open', opensAtMs });
    expect(await redis().exists(gateKey(eventId))).toBe(1);
  });
});

describe('an event that has not been seeded', () => {
  it('is not seeded during a change, because the change may still alter its strategy', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    const { seeding } = await db().$transaction(async (tx) => {
      expect((await lockEvent(tx, eventId)).roundRow.seededAtMs).toBeNull();
      const seeding = seedRound(lab.first.stores, eventId, 1);
      await Promise.race([seeding, sleep(200)]);
      await tx.event.update({ where: { id: eventId }, data: { strategy: 'unsafe', version: 2 } });
      return { seeding };
    });
    expect(await seeding).toBe('seeded');
    expect(await readGate(redis(), eventId)).toMatchObject({ version: 2, strategy: 'unsafe' });
  });

  it('answers with its opening time, even long before it opens', async () => {
    const opensAtMs = lab.first.clock.nowMs() + 3_600_000;
    const { eventId, seeded } = await lab.createEvent({ opensAtMs });
    expect(seeded).toBe(false);
    expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'not_open', opensAtMs });
    expect(await lab.first.claims.mine(eventId, 'a')).toBeNull();
  });

  it('opens late rather than never, and only once, even if everybody asks at once', async () => {
    const event = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000, stock: 30 });
    await openNow(event.eventId);
    const answers = await submitAll(event.eventId, users(100));
    expect(answers.filter((answer) => answer instanceof Error)).toEqual([]);
    expect(answers.filter((answer) => (answer as { status?: string }).status === 'issued')).toHaveLength(30);
    expect(await lab.persisted(event)).toHaveLength(30);
  });

  it('opens late, with the values of its row, if the seeder died after writing the gate and before writing the row', async () => {
    const event = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000, stock: 30 });
    const { eventId } = event;
    await openNow(eventId);
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
    expect(await redis().exists(gateKey(eventId))).toBe(1);
    expect(await lab.first.admin.get(eventId)).toMatchObject({ seeded: false, amount: 10_000 });
    await lab.first.admin.update({ eventId, amount: 7_000 }, tester);
    expect(await lab.first.events.get(eventId)).toMatchObject({ amount: 7_000 });
    const answers = await submitAll(eventId, users(50));
    expect(answers.filter((answer) => answer instanceof Error)).toEqual([]);
    expect(await lab.persisted(event)).toHaveLength(30);
    expect((await readGate(redis(), eventId))?.info.amount).toBe(7_000);
  });

  it('opens late, even if nobody calls, if the seeder died after writing the row and before trusting the gate', async () => {
    const { eventId } = await lab.createEvent();
    const seededAtMs = (await findEvent(db(), eventId))?.roundRow.seededAtMs ?? 0;
    await redis().hset(gateKey(eventId), 'runId', sealOf(seededAtMs));
    const answers = await submitAll(eventId, users(50));
    expect(answers.filter((answer) => answer instanceof Error)).toEqual([]);
    const other = await lab.createEvent();
    const otherSeededAtMs = (await findEvent(db(), other.eventId))?.roundRow.seededAtMs ?? 0;
    await redis().hset(gateKey(other.eventId), 'runId', sealOf(otherSeededAtMs));
    await lab.sweep();
    expect((await readGate(redis(), other.eventId))?.runId).toBe(lab.first.stores.redis.system.runId());
  });

  it('counts its gate as lost if Redis has a different gate from the one that the row names', async () => {
    const { eventId } = await lab.createEvent();
    await redis().hset(gateKey(eventId), 'runId', sealOf(1_000));
    const rounds = await readRoundStatuses(lab.first.stores);
    expect(rounds.find(({ event }) => event.eventId === eventId)).toMatchObject({ lost: true });
    await lab.sweep();
    await expect(lab.submit(eventId, 'a')).rejects.toMatchObject({ code: 'gate_lost' });
    await redis().del(gateKey(eventId));
  });

  it('is never seeded once it is closed', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    await lab.first.admin.close({ eventId }, { name: 'kim', role: 'operator', door: 'api' });
    expect(await lab.submit(eventId, 'a')).toEqual({ status: 'closed' });
    await lab.sweep();
    expect(await redis().exists(gateKey(eventId))).toBe(0);
  });
});

describe('a Redis that restarted', () => {
  /** Gives the gate the run id of an earlier Redis process, as after a restart. */
  const asAfterRestart = (eventId: string) => redis().hset(gateKey(eventId), 'runId', 'of the process before');

  it('accepts claims again after one comparison with MySQL', async () => {
    const { eventId } = await lab.createEvent();
    const won = await lab.submit(eventId, 'a');
    await asAfterRestart(eventId);
    expect(await lab.submit(eventId, 'a')).toEqual({ ...won, replayed: true });
    expect(
      (await submitAll(eventId, users(50))).every((answer) => (answer as { status?: string }).status === 'issued'),
    ).toBe(true);
  });

  it('accepts no claims if its gate is older than MySQL, and the stock then cannot be lowered below MySQL’s serials', async () => {
    const event = await lab.createEvent();
    await submitAll(event.eventId, users(15));
    const stored = await lab.persisted(event);
    const { winners } = roundKeys(event.eventId, 1);
    await redis().hdel(winners, ...stored.slice(10).map(({ userId }) => userId));
    await redis().hset(gateKey(event.eventId), 'issued', 10);
    await asAfterRestart(event.eventId);
    await expect(lab.submit(event.eventId, 'new')).rejects.toMatchObject({ code: 'gate_lost' });
    const lowered = lab.first.admin.update({ eventId: event.eventId, stock: 12 }, tester);
    await expect(lowered).rejects.toMatchObject({ code: 'conflict' });
  });
});
