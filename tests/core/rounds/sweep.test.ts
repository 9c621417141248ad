import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { addPendingChange, type PendingChange } from '../../../core/events/pending-changes.ts';
import { configureGate } from '../../../core/gate/gate-scripts.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateConfig } from '../../../core/gate/sync-gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';
import { withoutCommits } from '../../support/without-commits.ts';

const stores = useTestStores();
const lab = useLab({ stores });

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const claimAll = (eventId: string, everybody: string[]) =>
  Promise.all(everybody.map((user) => lab.submit(eventId, user)));

async function agree(eventId: string): Promise<void> {
  const row = await findEvent(db(), eventId);
  const gate = await readGate(redis(), eventId);
  expect(gate).toMatchObject({
    version: row?.version,
    stock: row?.roundRow.stock,
    paused: row?.roundRow.paused,
    closed: row?.roundRow.closedAtMs !== null,
    pendingChanges: '',
    info: { name: row?.name },
  });
}

/** A change by kim, in the format of a gate's pending changes. */
const pendingBy = (change: Pick<PendingChange, 'action' | 'version'> & Partial<PendingChange>): string =>
  addPendingChange('', {
    ...{ actor: 'kim', role: 'operator', door: 'api', reason: null, requestId: 'r1', inputHash: '' },
    ...{ atMs: lab.first.clock.nowMs(), info: {}, round: {}, ...change },
  });

const trailOf = async (eventId: string) => {
  const trail = await listAudit(db(), { eventId, limit: 10 });
  return trail.reverse().slice(1);
};

/** How many statements that write to this database are waiting for a lock. */
async function writersWaiting(): Promise<number> {
  const rows = await db().$queryRaw<unknown[]>`
    SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'UPDATE%rounds%'`;
  return rows.length;
}

describe('in a sweep after a process died and left the row and the gate different,', () => {
  it('the gate follows a newer row', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    await db().event.update({ where: { id: eventId }, data: { version: 2, name: 'Raised' } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 9 } });
    await Promise.all([lab.sweep(), lab.sweep()]);
    await agree(eventId);
    expect((await readGate(redis(), eventId))?.stock).toBe(9);
  });

  it('the row follows a newer gate', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await redis().hset(gateKey(eventId), 'version', 2, 'stock', 20, 'paused', 1);
    await lab.sweep();
    await agree(eventId);
    expect((await findEvent(db(), eventId))?.roundRow).toMatchObject({ stock: 20, paused: true });
    expect(await trailOf(eventId)).toMatchObject([{ action: 'event.adopt', door: 'worker' }]);
  });

  it('a pause that only the gate has reaches the row and the audit trail, and a raised stock in the row is kept', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    // A process raised the stock in MySQL to 9 and died. Then somebody paused the event while MySQL was down.
    await db().event.update({ where: { id: eventId }, data: { version: 2 } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 9 } });
    const pendingChanges = pendingBy({
      action: 'event.pause',
      version: 2,
      reason: 'too fast',
      round: { paused: true },
    });
    await redis().hset(gateKey(eventId), 'version', 2, 'paused', 1, 'carry', pendingChanges);
    await Promise.all([lab.sweep(), lab.sweep()]);
    await agree(eventId);
    expect((await findEvent(db(), eventId))?.roundRow).toMatchObject({ stock: 9, paused: true });
    expect(await trailOf(eventId)).toMatchObject([{ action: 'event.pause', reason: 'too fast', requestId: 'r1' }]);
    // The process wrote the pause to MySQL, and died before it removed the pending change from the gate.
    await redis().hset(gateKey(eventId), 'carry', pendingChanges);
    await lab.sweep();
    await agree(eventId);
    expect(await trailOf(eventId)).toHaveLength(1);
    expect((await findEvent(db(), eventId))?.version).toBe(3);
  });

  it('a lowered stock that only the gate has does not lower a row whose stock was raised later', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    await db().event.update({ where: { id: eventId }, data: { version: 2 } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 60 } });
    const pendingChanges = pendingBy({
      action: 'event.update',
      version: 2,
      info: { name: 'Fewer' },
      round: { stock: 20 },
    });
    await redis().hset(gateKey(eventId), 'version', 2, 'stock', 20, 'carry', pendingChanges);
    await lab.sweep();
    await agree(eventId);
    expect(await lab.first.admin.get(eventId)).toMatchObject({ stock: 60, name: 'Fewer' });
  });

  it('a change during which MySQL failed reaches the row and the audit trail once, together with a raise from the same request', async () => {
    const { eventId, version } = await lab.createEvent({ stock: 5 });
    const change = { eventId, version, name: 'Larger', stock: 9, requestId: `larger-${eventId}` };
    await withoutCommits(db(), async () => {
      const lost = lab.first.admin.update(change, { ...tester, reason: 'demand' });
      await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
    });
    expect(await readGate(redis(), eventId)).toMatchObject({ stock: 5, info: { name: 'Larger' } });
    await Promise.all([lab.sweep(), lab.sweep()]);
    await agree(eventId);
    const { requestId } = change;
    expect(await trailOf(eventId)).toMatchObject([
      { action: 'event.update', actor: 'tester', role: 'admin', reason: 'demand', requestId, after: { stock: 9 } },
    ]);
    expect(await lab.first.admin.update(change, tester)).toMatchObject({ name: 'Larger', stock: 9 });
    expect(await trailOf(eventId)).toHaveLength(1);
  });

  it('a change during which MySQL failed leaves other changes in the gate alone', async () => {
    const { eventId } = await lab.createEvent();
    const pendingChanges = pendingBy({ action: 'event.pause', version: 2, round: { paused: true } });
    await redis().hset(gateKey(eventId), 'version', 2, 'paused', 1, 'carry', pendingChanges);
    await withoutCommits(db(), async () => {
      const lost = lab.first.admin.update({ eventId, name: 'Renamed' }, tester);
      await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
    });
    await lab.sweep();
    await agree(eventId);
    expect(await lab.first.admin.get(eventId)).toMatchObject({ name: 'Renamed', paused: true });
    expect(await trailOf(eventId)).toMatchObject([
      { action: 'event.pause', actor: 'kim' },
      { action: 'event.update', actor: 'tester' },
    ]);
  });

  it('the row returns to the gate’s opening time if the gate opened before a later opening time reached it', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    const opensAtMs = (await readGate(redis(), eventId))?.opensAtMs;
    await db().event.update({ where: { id: eventId }, data: { version: 2, name: 'Later' } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 9, opensAt: new Date('2100-01-01') } });
    await Promise.all([lab.sweep(), lab.sweep()]);
    await agree(eventId);
    expect((await findEvent(db(), eventId))?.roundRow).toMatchObject({ stock: 9, opensAtMs });
    expect(await lab.first.admin.pause({ eventId }, tester)).toMatchObject({ name: 'Later', paused: true });
    await agree(eventId);
  });

  it('a change by an admin takes into account changes that only the gate has', async () => {
    const { eventId } = await lab.createEvent();
    await lab.submit(eventId, 'a');
    const pendingChanges = pendingBy({
      action: 'event.close',
      version: 2,
      round: { closedAtMs: lab.first.clock.nowMs() },
    });
    await redis().hset(gateKey(eventId), 'version', 2, 'closed', 1, 'carry', pendingChanges);
    await expect(lab.first.admin.resume({ eventId }, tester)).rejects.toMatchObject({ code: 'conflict' });
    await lab.sweep();
    await agree(eventId);
  });
});

describe('a change by an admin', () => {
  const confirm = 'Opening sale';
  const update = (name: string, eventId: string, version: number) =>
    lab.first.admin.update({ eventId, version, name, requestId: eventId }, tester);

  it('reaches the gate at once, and raises the event’s version', async () => {
    const { eventId, version } = await lab.createEvent({ stock: 10 });
    expect(version).toBe(1);
    await lab.first.admin.topUp({ eventId, add: 5 }, tester);
    await agree(eventId);
    expect(await lab.first.admin.update({ eventId, stock: 7, name: 'Fewer', confirm }, tester)).toMatchObject({
      version: 3,
      stock: 7,
    });
    await agree(eventId);
  });

  it('is refused for an outdated version of the event', async () => {
    const { eventId } = await lab.createEvent();
    await lab.first.admin.pause({ eventId, version: 1 }, tester);
    await expect(lab.first.admin.resume({ eventId, version: 1 }, tester)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('happens once per request, whatever happened before it is repeated', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    const ask = () => lab.first.admin.topUp({ eventId, add: 5, requestId: 'top-1' }, tester);
    await Promise.all([ask(), ask(), ask()]);
    expect((await ask()).stock).toBe(15);
    const other = lab.first.admin.topUp({ eventId, add: 6, requestId: 'top-1' }, tester);
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is not mistaken for somebody else’s change if MySQL fails midway', async () => {
    const { eventId, version } = await lab.createEvent();
    await withoutCommits(db(), async () => {
      const paused = await lab.first.admin.pause({ eventId, version }, tester);
      expect(paused).toMatchObject({ version: 2, paused: true });
      expect((await findEvent(db(), eventId))?.version).toBe(1);
    });
    await lab.sweep();
    await agree(eventId);
  });

  it.each<[string, (eventId: string, version: number) => Promise<unknown>, object]>([
    ['update', (...ask) => update('Renamed', ...ask), { name: 'Renamed' }],
    ['resume', (eventId, version) => lab.first.admin.resume({ eventId, version, requestId: eventId }, tester), {}],
  ])('returns its result if the call is repeated after MySQL failed midway: %s', async (_what, ask, result) => {
    const { eventId } = await lab.createEvent();
    const { version } = await lab.first.admin.pause({ eventId }, tester);
    await withoutCommits(db(), async () => {
      await expect(ask(eventId, version)).rejects.toMatchObject({ code: 'unavailable' });
    });
    await expect(update('Another', eventId, version)).rejects.toMatchObject({ code: 'conflict' });
    const answers = await Promise.all([ask(eventId, version), ask(eventId, version)]);
    for (const answer of [...answers, await ask(eventId, version)]) expect(answer).toMatchObject(result);
    await agree(eventId);
    expect(await trailOf(eventId)).toHaveLength(2);
  });

  it('happens once per request, even if the call is repeated while MySQL is down and again when MySQL is back', async () => {
    const { eventId, version } = await lab.createEvent();
    await using away = await openLab({ ...stores, databaseUrl: 'mysql://nobody@127.0.0.1:1/nothing' });
    const ask = () => away.first.admin.pause({ eventId, version, requestId: 'pause-1' }, tester);
    expect(await ask()).toMatchObject({ version: 2, paused: true });
    expect(await ask()).toMatchObject({ version: 2, paused: true });
    const other = away.first.admin.pause({ eventId, version, requestId: 'pause-2' }, tester);
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    await lab.sweep();
    await agree(eventId);
    await lab.first.admin.resume({ eventId }, tester);
    // The caller never got the reply, and asks again once MySQL is back. Since the pause, somebody has resumed the
    // event.
    const again = await lab.first.admin.pause({ eventId, version, requestId: 'pause-1' }, tester);
    expect(again).toMatchObject({ paused: false });
  });

  it('creates one event per request', async () => {
    const opensAtMs = lab.first.clock.nowMs() + 5_000;
    const [a, b] = await Promise.all([1, 2].map(() => lab.createEvent({ requestId: 'create-1', opensAtMs })));
    expect(a?.eventId).toBe(b?.eventId);
  });

  it('is applied exactly once if it is one of many simultaneous top-ups', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    await Promise.all(Array.from({ length: 8 }, () => lab.first.admin.topUp({ eventId, add: 1 }, tester)));
    await agree(eventId);
    expect((await lab.first.admin.get(eventId)).stock).toBe(18);
  });

  it('never lowers the stock below what a crowd claims during the change', async () => {
    const event = await lab.createEvent({ stock: 400 });
    const racing = claimAll(event.eventId, users(300));
    const lowered = await lab.first.admin
      .update({ eventId: event.eventId, stock: 120, confirm }, tester)
      .catch((err: unknown) => err);
    const won = (await racing).filter(({ status }) => status === 'issued').length;
    expect(await lab.persisted(event)).toHaveLength(won);
    if (lowered instanceof Error) expect(lowered).toMatchObject({ code: 'conflict' });
    else expect(won).toBeLessThanOrEqual(120);
    await agree(event.eventId);
  });

  it('never gives the row less stock than the gate has issued, even if the gate accepts an earlier raise at the same time', async () => {
    const event = await lab.createEvent({ stock: 5 });
    const { eventId } = event;
    // A process has raised the stock to 9 in the row, and has not updated the gate yet.
    await db().event.update({ where: { id: eventId }, data: { version: 2 } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 9 } });
    const raised = await findEvent(db(), eventId);
    if (raised === null) throw new Error(`There is no event ${eventId}.`);
    const { lowered } = await db().$transaction(async (tx) => {
      // Locks the row. The lock blocks a change that has decided on a new stock and is about to write it.
      await tx.$queryRaw`SELECT stock FROM rounds WHERE event_id = ${eventId} FOR UPDATE`;
      const lowered = lab.first.admin.update({ eventId, stock: 7, confirm }, tester);
      await waitFor(async () => (await writersWaiting()) > 0, { what: 'the new stock to wait for its row' });
      await configureGate(redis(), eventId, gateConfig(raised), { pendingBefore: '', pendingChanges: '' });
      await claimAll(eventId, users(9));
      return { lowered };
    });
    expect(await lowered).toMatchObject({ stock: 7 });
    expect(await lab.persisted(event)).toHaveLength(7);
    await agree(eventId);
  });

  it('cannot lower the stock if the gate is lost, because the outbox may have more claims, but can change everything else', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    await claimAll(eventId, users(5));
    await redis().del(gateKey(eventId));
    const lowered = lab.first.admin.update({ eventId, stock: 4, confirm }, tester);
    await expect(lowered).rejects.toMatchObject({ code: 'gate_lost' });
    expect(await lab.first.admin.topUp({ eventId, add: 5 }, tester)).toMatchObject({ stock: 15 });
    expect(await lab.first.admin.pause({ eventId }, tester)).toMatchObject({ paused: true });
    expect(await lab.first.admin.close({ eventId }, tester)).toMatchObject({ closed: true });
  });

  it('is refused if it sets an opening time together with a raise, and the round has opened before the change is made', async () => {
    const { eventId } = await lab.createEvent({ stock: 5, opensAtMs: lab.first.clock.nowMs() + 30_000 });
    // So far, only the gate knows that the round is open.
    await redis().hset(gateKey(eventId), 'opensAt', lab.first.clock.nowMs());
    const opensAtMs = lab.first.clock.nowMs() + 60_000;
    const late = lab.first.admin.update({ eventId, stock: 9, opensAtMs }, tester);
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect((await findEvent(db(), eventId))?.version).toBe(1);
  });

  it('applies the stock and all other fields together', async () => {
    const { eventId } = await lab.createEvent({ stock: 5, opensAtMs: lab.first.clock.nowMs() + 30_000 });
    const opensAtMs = lab.first.clock.nowMs() + 40_000;
    const change = { eventId, stock: 9, opensAtMs, name: 'Later', requestId: 'later-1' };
    for (const changed of [1, 2].map(() => lab.first.admin.update(change, tester))) {
      expect(await changed).toMatchObject({ stock: 9, opensAtMs, name: 'Later' });
    }
    await agree(eventId);
    expect((await readGate(redis(), eventId))?.opensAtMs).toBe(opensAtMs);
  });

  it('leaves no secrets in the audit trail', async () => {
    const { eventId } = await lab.createEvent();
    await lab.first.admin.pause({ eventId }, { ...tester, reason: 'test' });
    const trail = await listAudit(db(), { eventId, limit: 10 });
    expect(trail.map(({ action }) => action)).toEqual(['event.pause', 'event.create']);
    const codeKey = (await findEvent(db(), eventId))?.roundRow.codeKey.toString('hex') ?? '';
    expect(JSON.stringify(trail)).not.toContain(codeKey);
  });
});

describe('a finished round', () => {
  it('is drained, verified and retired, and then MySQL answers repeated calls', async () => {
    const event = await lab.createEvent({ stock: 3 });
    const { eventId } = event;
    const [won] = await claimAll(eventId, ['a', 'b', 'c', 'd']);
    await lab.sweep(0);
    await lab.sweep(0);
    expect(await redis().exists(gateKey(eventId), roundKeys(eventId, 1).winners, roundKeys(eventId, 1).outbox)).toBe(0);
    expect(await lab.submit(eventId, 'a')).toEqual({ ...won, replayed: true });
    expect(await lab.submit(eventId, 'e')).toEqual({ status: 'sold_out' });
    expect(await lab.first.claims.mine(eventId, 'b')).toMatchObject({ state: 'persisted' });
    expect(await lab.first.admin.get(eventId)).toMatchObject({ issued: 3, persisted: 3, seeded: false });
    const seen = await lab.first.events.get(eventId);
    expect(seen.soldOutAtMs).not.toBeNull();
  });

  it('is rebuilt by a top-up, with everybody’s claims, and continues with the next serials', async () => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    const [won] = await claimAll(eventId, ['a', 'b', 'c']);
    await lab.sweep(0);
    await lab.sweep(0);
    await Promise.all([lab.first.admin.topUp({ eventId, add: 2 }, tester), lab.sweep(0)]);
    await expect
      .poll(() => lab.submit(eventId, 'd'), { timeout: 5_000 })
      .toMatchObject({ status: 'issued', serial: 4 });
    expect(await lab.submit(eventId, 'a')).toEqual({ ...won, replayed: true });
    expect(await lab.submit(eventId, 'e')).toMatchObject({ serial: 5 });
    expect(await lab.submit(eventId, 'f')).toEqual({ status: 'sold_out' });
  });

  it('is rebuilt by the next sweep if a top-up died midway', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    await claimAll(eventId, ['a', 'b']);
    await lab.sweep(0);
    await lab.sweep(0);
    await db().event.update({ where: { id: eventId }, data: { version: 2 } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 3, rebuildingAt: new Date() } });
    await redis().hset(roundKeys(eventId, 1).winners, 'a', '1:1');
    expect(await lab.submit(eventId, 'c')).toEqual({ status: 'sold_out' });
    await Promise.all([lab.sweep(), lab.sweep()]);
    await expect
      .poll(() => lab.submit(eventId, 'c'), { timeout: 5_000 })
      .toMatchObject({ status: 'issued', serial: 3 });
  });

  it('is retired by the next sweep if its retirement died midway', async () => {
    const event = await lab.createEvent({ stock: 2 });
    await claimAll(event.eventId, ['a', 'b']);
    await lab.persisted(event);
    await db().round.updateMany({ where: { eventId: event.eventId }, data: { retiredAt: new Date() } });
    await lab.sweep(0);
    expect(await redis().exists(gateKey(event.eventId))).toBe(0);
  });

  it.each([1, 2])(
    'is retired even if somebody closes it during the retirement and only the gate has that change (row at version %i)',
    async (version) => {
      const event = await lab.createEvent({ stock: 2 });
      const { eventId } = event;
      await claimAll(eventId, ['a', 'b']);
      await lab.persisted(event);
      await db().round.updateMany({ where: { eventId }, data: { retiredAt: new Date() } });
      await db().event.update({ where: { id: eventId }, data: { version } });
      const pendingChanges = pendingBy({
        action: 'event.close',
        version: 2,
        round: { closedAtMs: lab.first.clock.nowMs() },
      });
      await redis().hset(gateKey(eventId), 'version', 2, 'closed', 1, 'carry', pendingChanges);
      await lab.sweep(0);
      await lab.sweep(0);
      expect(await redis().exists(gateKey(eventId))).toBe(0);
      expect(await lab.first.admin.get(eventId)).toMatchObject({ closed: true });
    },
  );
});
