import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../core/access/actor.ts';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { pickInfo } from '../../../core/events/event-fields.ts';
import { findEvent, roundConfig } from '../../../core/events/event-rows.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { configureGate } from '../../../core/gate/gate-scripts.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { lockEvent } from '../../../core/gate/sync-gate.ts';
import { gateKey } from '../../../core/redis/keys.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

const stores = useTestStores();
const lab = useLab({ stores, platformCount: 2, env: { APPROVAL_AMOUNT: '20000', APPROVAL_STOCK: '100' } });

const lee: Actor = { name: 'lee', role: 'admin', door: 'api' };
const park: Actor = { ...lee, name: 'park' };
const choi: Actor = { ...lee, name: 'choi' };
const admin = () => lab.first.admin;
const nowMs = () => lab.first.clock.nowMs();
/**
 * Waits until 50 ms after the given time, because this process only estimates Redis’s clock, and because MySQL’s clock,
 * which decides in some strategies, may be behind that estimate.
 */
const waitUntil = (ms: number) => waitFor(() => Promise.resolve(nowMs() > ms + 50), { what: 'the given time' });
const approve = async (eventId: string, actor = lee) =>
  admin().approve({ eventId, version: (await admin().get(eventId)).version }, actor);
const conflict = { code: 'conflict' };

describe.each(realStrategyNames)('%s', (strategy: StrategyName) => {
  it('while it has no approval, stays unseeded and answers not_open even after the opening time, and sells correctly once it is approved', async () => {
    const opensAtMs = nowMs() + 700;
    const { eventId, needsApproval, seeded } = await lab.createEvent({ strategy, stock: 101, opensAtMs });
    expect({ needsApproval, seeded }).toEqual({ needsApproval: true, seeded: false });
    await waitUntil(opensAtMs);
    await lab.sweep();
    expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    expect(await admin().get(eventId)).toMatchObject({
      needsApproval: true,
      seeded: false,
      issued: 0,
      gateLost: false,
    });
    expect((await admin().get(eventId)).readiness?.checks[0]).toMatchObject({ name: 'opening', state: 'problem' });
    await expect(approve(eventId)).rejects.toMatchObject(conflict);

    const laterMs = nowMs() + 1_500;
    await admin().update({ eventId, opensAtMs: laterMs }, tester);
    await expect(approve(eventId, tester)).rejects.toMatchObject(conflict);
    expect(await approve(eventId)).toMatchObject({ needsApproval: false, seeded: true });
    await waitUntil(laterMs);
    await lab.race(eventId, users(5));
    await lab.prove(eventId, { issued: 5, stopped: true });
  });

  it('requires a new approval after a change of stock or time, even if the event is already seeded', async () => {
    const opensAtMs = nowMs() + 2_500;
    const { eventId } = await lab.createEvent({ strategy, stock: 500, opensAtMs });
    expect(await approve(eventId)).toMatchObject({ needsApproval: false, seeded: true });
    expect(await admin().update({ eventId, name: 'Other name' }, tester)).toMatchObject({ needsApproval: false });
    const held = await admin().topUp({ eventId, add: 10 }, lee);
    expect(held).toMatchObject({ needsApproval: true, approvalAskedBy: 'lee', stock: 510, seeded: false });
    await waitUntil(opensAtMs);
    await lab.sweep();
    expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    const [entry] = await listAudit(lab.first.stores.db, { eventId, limit: 1 });
    expect(entry).toMatchObject({ before: { needsApproval: false }, after: { needsApproval: true } });
    expect(await admin().update({ eventId, stock: 100, opensAtMs: nowMs() + 300 }, tester)).toMatchObject({
      needsApproval: false,
      seeded: true,
    });
  });

  it('refuses every change that would stop an open event or raise its stock above the limit', async () => {
    const { eventId } = await lab.createEvent({ strategy, stock: 90 });
    await lab.claim(eventId, 'kim');
    await expect(admin().topUp({ eventId, add: 11 }, tester)).rejects.toMatchObject(conflict);
    expect(await admin().topUp({ eventId, add: 10 }, tester)).toMatchObject({ stock: 100, needsApproval: false });
    expect(await lab.claim(eventId, 'lee')).toMatchObject({ status: 'issued', serial: 2 });
  });

  it('ends the current round if an event above the limits is reset, and does not open the new round until it is approved', async () => {
    const { eventId } = await lab.createEvent({ strategy, stock: 90 });
    await lab.claim(eventId, 'kim');
    const opensAtMs = nowMs() + 2_500;
    const confirm = 'Opening sale';
    const reset = await admin().reset({ eventId, confirm, stock: 200, opensAtMs }, tester);
    expect(reset).toMatchObject({ round: 2, needsApproval: true, issued: 0, seeded: false });
    await lab.sweep();
    expect(await lab.submit(eventId, 'lee')).toMatchObject({ status: 'not_open', opensAtMs });
    await approve(eventId);
    await waitUntil(opensAtMs);
    expect(await lab.claim(eventId, 'kim')).toMatchObject({ status: 'issued', round: 2, serial: 1 });
  });
});

describe('an approval', () => {
  it('approves one version of an event that needs it, and is recorded once even if the call is repeated', async () => {
    const { eventId, version } = await lab.createEvent({ amount: 20_001, opensAtMs: nowMs() + 3_600_000 });
    await admin().update({ eventId, name: 'Other name' }, tester);
    await expect(admin().approve({ eventId, version }, lee)).rejects.toMatchObject(conflict);
    const now = { eventId, version: version + 1, requestId: 'approve-1' };
    const [first, again] = [await admin().approve(now, lee), await admin().approve(now, lee)];
    expect(first).toMatchObject({ needsApproval: false, version: version + 2 });
    expect(again.version).toBe(first.version);
    await expect(approve(eventId)).rejects.toMatchObject(conflict);
    const trail = (await listAudit(lab.first.stores.db, { eventId, limit: 10 })).map(({ action, actor }) => [
      action,
      actor,
    ]);
    expect(trail[0]).toEqual(['event.approve', 'lee']);
  });

  it('is required by the limits under which the event was created, even if the process that changes the event has higher limits or none', async () => {
    const confirm = 'Opening sale';
    const opensAtMs = nowMs() + 3_600_000;
    await using careless = await openLab(stores);
    await using lax = await openLab(stores, { env: { APPROVAL_AMOUNT: '900000', APPROVAL_STOCK: '900000' } });
    for (const { first } of [careless, lax]) {
      const { eventId } = await lab.createEvent({ stock: 90, opensAtMs });
      expect(await first.admin.update({ eventId, stock: 100 }, lee)).toMatchObject({ needsApproval: false });
      const raised = await first.admin.update({ eventId, stock: 101 }, lee);
      expect(raised).toMatchObject({ needsApproval: true, approvalAskedBy: 'lee', stock: 101 });
      await approve(eventId, park);
      const moved = await first.admin.update({ eventId, opensAtMs: opensAtMs + 1_000 }, tester);
      expect(moved).toMatchObject({ needsApproval: true, approvalAskedBy: 'tester' });
      await approve(eventId, park);
      const reset = await first.admin.reset({ eventId, confirm, opensAtMs }, lee);
      expect(reset).toMatchObject({ round: 2, needsApproval: true, approvalAskedBy: 'lee', seeded: false });
    }
  });

  it('is not required by limits stricter than those under which the event was created', async () => {
    const opensAtMs = nowMs() + 3_600_000;
    await using strict = await openLab(stores, { env: { APPROVAL_STOCK: '10' } });
    const { eventId } = await lab.createEvent({ stock: 50, opensAtMs });
    expect(await strict.first.admin.update({ eventId, stock: 60 }, lee)).toMatchObject({ needsApproval: false });
  });

  it('is required by the limits of the process that changes the event, if the event was created without limits', async () => {
    const opensAtMs = nowMs() + 3_600_000;
    await using careless = await openLab(stores);
    const { eventId } = await careless.createEvent({ stock: 500, opensAtMs });
    expect(await admin().update({ eventId, stock: 501 }, lee)).toMatchObject({ needsApproval: true });
    const waiting = await careless.first.admin.reset({ eventId, confirm: 'Opening sale', opensAtMs }, lee);
    expect(waiting).toMatchObject({ round: 2, needsApproval: true, approvalAskedBy: 'lee' });
  });

  it('is never required if the limits exceed anything that an event can have', async () => {
    const env = { APPROVAL_AMOUNT: '999999999999999', APPROVAL_STOCK: '999999999999999' };
    await using high = await openLab(stores, { env });
    const { eventId } = await high.createEvent({ stock: 100_000, opensAtMs: nowMs() + 3_600_000 });
    expect(await admin().update({ eventId, stock: 100_000_000 }, lee)).toMatchObject({ needsApproval: false });
  });

  it('for an amount in one currency does not cover the same amount in another', async () => {
    const { eventId } = await lab.createEvent({ amount: 20_001, opensAtMs: nowMs() + 3_600_000 });
    expect(await approve(eventId)).toMatchObject({ needsApproval: false });
    const changed = await admin().update({ eventId, currency: 'USD' }, lee);
    expect(changed).toMatchObject({ needsApproval: true, approvalAskedBy: 'lee' });
  });

  it('cannot come from an admin who requested part of the change, however many reconciles have been audited since', async () => {
    const opensAtMs = nowMs() + 3_600_000;
    const { eventId } = await lab.createEvent({ amount: 20_001, opensAtMs });
    await admin().update({ eventId, closesAtMs: opensAtMs + 60_000 }, { ...tester, name: 'park' });
    const look = { ...{ actor: 'cron', door: 'api', action: 'event.reconcile', eventId, round: 1 }, at: new Date() };
    const looks = Array.from({ length: 1_000 }, () => look);
    await lab.first.stores.db.auditEntry.createMany({ data: looks });
    await expect(approve(eventId, tester)).rejects.toMatchObject(conflict);
    expect(await approve(eventId, lee)).toMatchObject({ needsApproval: false });
  });

  it('cannot come from an admin who requested part of the change, even if somebody else has changed another part since', async () => {
    const opensAtMs = nowMs() + 3_600_000;
    const operator: Actor = { name: 'park', role: 'operator', door: 'api' };
    const { eventId } = await lab.createEvent({ amount: 20_001, opensAtMs });
    const changed = await admin().update({ eventId, closesAtMs: opensAtMs + 60_000 }, operator);
    expect(changed).toMatchObject({ needsApproval: true, approvalAskedBy: 'park' });
    await expect(approve(eventId, tester)).rejects.toMatchObject(conflict);
    await expect(approve(eventId, { ...operator, role: 'admin' })).rejects.toMatchObject(conflict);
    expect(await approve(eventId)).toMatchObject({ needsApproval: false });
  });

  it('cannot come from anybody who edited the event, even if the edit preceded an approval, was made in an earlier round or changed only the name', async () => {
    const opensAtMs = nowMs() + 3_600_000;
    const { eventId } = await lab.createEvent({ amount: 20_001, opensAtMs });
    await admin().update({ eventId, name: 'Other name' }, park);
    expect(await approve(eventId)).toMatchObject({ needsApproval: false });
    await admin().reset({ eventId, confirm: 'Other name', opensAtMs }, choi);
    for (const editor of [tester, park, choi]) await expect(approve(eventId, editor)).rejects.toMatchObject(conflict);
    // An earlier approval is not an edit, so lee may approve again.
    expect(await approve(eventId)).toMatchObject({ round: 2, needsApproval: false });
  });

  it('cannot come from the creator of the event, however many edits others made later', async () => {
    const { eventId } = await lab.createEvent({ amount: 20_001, opensAtMs: nowMs() + 3_600_000 });
    await admin().update({ eventId, amount: 20_002 }, park);
    const edit = (actor: string) => ({
      ...{ actor, door: 'api', action: 'event.update', eventId, round: 1, at: new Date() },
      ...{ before: { name: 'a', needsApproval: true }, after: { name: 'b', needsApproval: true } },
    });
    const edits = Array.from({ length: 3_000 }, (_, at) => edit(`editor-${at % 1_500}`));
    await lab.first.stores.db.auditEntry.createMany({ data: edits });
    await expect(approve(eventId, tester)).rejects.toMatchObject(conflict);
    await expect(approve(eventId, { ...lee, name: 'editor-0' })).rejects.toMatchObject(conflict);
    expect(await approve(eventId, lee)).toMatchObject({ needsApproval: false });
  });

  it.each(['redis-stream', 'db-lock'] as const)(
    'of a %s event is refused if it waits behind another change until after the opening',
    async (strategy) => {
      const opensAtMs = nowMs() + 1_500;
      const { eventId, version } = await lab.createEvent({ strategy, stock: 500, opensAtMs });
      let late: Promise<unknown> = Promise.resolve();
      // Only half a second is left until the opening, because MySQL ends a wait for a lock after one second.
      await waitUntil(opensAtMs - 500);
      await lab.first.stores.db.$transaction(async (tx) => {
        await lockEvent(tx, eventId);
        late = expect(admin().approve({ eventId, version }, lee)).rejects.toMatchObject(conflict);
        await waitUntil(opensAtMs);
      });
      await late;
      expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    },
  );

  it('is not required for an event that does not exceed the limits', async () => {
    expect(await lab.createEvent({ amount: 20_000, stock: 100 })).toMatchObject({ needsApproval: false, seeded: true });
  });

  it('does not hide the true opening time from anybody while it is missing', async () => {
    const opensAtMs = nowMs() + 20_000;
    const { eventId } = await lab.createEvent({ stock: 500, opensAtMs });
    await approve(eventId);
    await admin().topUp({ eventId, add: 10 }, tester);
    expect(await readGate(lab.first.stores.redis.system.client, eventId)).toMatchObject({ heldOpensAtMs: opensAtMs });
    expect(await lab.first.events.get(eventId)).toMatchObject({ opensAtMs });
    expect(await admin().get(eventId)).toMatchObject({ opensAtMs, needsApproval: true });
    expect(await admin().reconcile({ eventId, repair: false }, tester)).toMatchObject({
      verdict: 'clean',
      findings: [],
    });
    const found = await findEvent(lab.first.stores.db, eventId);
    expect(found && roundConfig(found)).toMatchObject({ heldOpensAtMs: opensAtMs });
  });

  it('is still required if a process dies after changing only the gate and the sweep then writes the change to the row', async () => {
    const opensAtMs = nowMs() + 20_000;
    const { eventId } = await lab.createEvent({ stock: 500, opensAtMs });
    await approve(eventId);
    const { db, redis } = lab.first.stores;
    const row = await findEvent(db, eventId);
    if (row === null) throw new Error('the event is gone');
    const version = row.version + 1;
    const round = { needsApproval: true, approvalAskedBy: 'tester' };
    const asked = { action: 'event.update', actor: 'tester', role: null, door: 'api', reason: null } as const;
    const change = { ...asked, requestId: 'died', inputHash: 'x', atMs: nowMs(), version, info: {}, round };
    const heldRow = { ...row, version, roundRow: { ...row.roundRow, ...round } };
    const config = { ...roundConfig(heldRow), info: pickInfo(row), reserved: '' };
    await configureGate(redis.system.client, eventId, config, {
      pendingBefore: '',
      pendingChanges: JSON.stringify([change]),
    });
    expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    await lab.sweep();
    expect(await admin().get(eventId)).toMatchObject({ needsApproval: true, approvalAskedBy: 'tester' });
    expect(await readGate(redis.system.client, eventId)).toMatchObject({
      pendingChanges: '',
      heldOpensAtMs: opensAtMs,
    });
  });

  it('cannot come from the owner of the API key that requested the change, even if only the gate has that change', async () => {
    const { eventId } = await lab.createEvent({ stock: 500, opensAtMs: nowMs() + 20_000 });
    await approve(eventId, choi);
    const { db, redis } = lab.first.stores;
    const { id: keyId } = await admin().createApiKey({ name: 'scheduler', role: 'operator' }, park);
    const row = await findEvent(db, eventId);
    if (row === null) throw new Error('the event is gone');
    const version = row.version + 1;
    const round = { needsApproval: true, approvalAskedBy: 'key:scheduler', closesAtMs: nowMs() + 60_000 };
    const asked = { action: 'event.update', actor: 'key:scheduler', keyId, role: 'operator', door: 'api' } as const;
    const change = {
      ...asked,
      reason: null,
      requestId: 'cut',
      inputHash: 'x',
      atMs: nowMs(),
      version,
      info: {},
      round,
    };
    const config = roundConfig({ ...row, version, roundRow: { ...row.roundRow, ...round } });
    const pending = { pendingBefore: '', pendingChanges: JSON.stringify([change]) };
    await configureGate(redis.system.client, eventId, { ...config, info: pickInfo(row), reserved: '' }, pending);
    for (const seen of [version, version + 1]) {
      await expect(admin().approve({ eventId, version: seen }, park)).rejects.toMatchObject(conflict);
    }
    expect(await admin().approve({ eventId, version: version + 1 }, lee)).toMatchObject({ needsApproval: false });
  });

  it('stays required after the gate is lost', async () => {
    const opensAtMs = nowMs() + 2_000;
    const { eventId } = await lab.createEvent({ stock: 500, opensAtMs });
    await approve(eventId);
    await admin().topUp({ eventId, add: 10 }, tester);
    await lab.first.stores.redis.system.client.del(gateKey(eventId));
    await waitUntil(opensAtMs);
    await lab.sweep();
    expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    expect(await admin().get(eventId)).toMatchObject({ needsApproval: true, gateLost: false });
  });
});
