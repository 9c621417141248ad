import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../core/access/actor.ts';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { tester, useLab } from '../../support/lab.ts';
import { waitFor } from '../../support/wait-for.ts';
import { withoutCommits } from '../../support/without-commits.ts';

const lab = useLab({ platformCount: 2, env: { APPROVAL_STOCK: '50' } });

const lee: Actor = { name: 'lee', role: 'admin', door: 'api' };
const admin = () => lab.first.admin;
const nowMs = () => lab.first.clock.nowMs();
const dayMs = 86_400_000;
const fieldsAt = (validUntilMs: number) => ({
  imageUrl: 'https://shop.example/가을.png',
  imageAlt: '단풍',
  terms: '1인 1매입니다.\n타인에게 양도할 수 없습니다.',
  useUrl: 'https://shop.example/use?from=firstcome',
  validUntilMs,
  theme: '{"format":1,"accentColor":"#1f5eff"}',
});
const none = { imageUrl: null, imageAlt: null, terms: null, useUrl: null, validUntilMs: null, theme: null };
const named = (...issues: string[]) => ({
  code: 'bad_request',
  issues: issues.map((field) => expect.objectContaining({ path: [field] }) as unknown),
});

describe.each(['redis-stream', 'redis-counter', 'db-lock'] satisfies StrategyName[])('with %s', (strategy) => {
  it('everybody sees the page fields with which an event was created', async () => {
    const fields = fieldsAt(nowMs() + dayMs);
    const { eventId } = await lab.createEvent({ strategy, ...fields });
    expect(await admin().get(eventId)).toMatchObject(fields);
    expect(await lab.first.events.get(eventId)).toMatchObject(fields);
    expect(await findEvent(lab.first.stores.db, eventId)).toMatchObject(fields);
    expect(await admin().get((await lab.createEvent({ strategy })).eventId)).toMatchObject(none);
  });

  it('an open event with claims accepts a change of page fields, records who made the change, and keeps its approval', async () => {
    const { eventId, version } = await lab.createEvent({ strategy, stock: 100, opensAtMs: nowMs() + 1_500 });
    await admin().approve({ eventId, version }, lee);
    await waitFor(async () => (await lab.submit(eventId, 'kim')).status === 'issued', { what: 'the opening' });
    const fields = fieldsAt(nowMs() + dayMs);
    const changed = await admin().update({ eventId, ...fields }, { ...tester, reason: 'the designer was late' });
    expect(changed).toMatchObject({ ...fields, needsApproval: false, seeded: true });
    // The public answer may be up to a second old.
    const isShown = async () => (await lab.first.events.get(eventId)).terms === fields.terms;
    await waitFor(isShown, { what: 'the change to be shown' });
    const [entry] = await listAudit(lab.first.stores.db, { eventId, action: 'event.update', limit: 1 });
    const { validUntilMs, theme: _theme, ...texts } = fields;
    const validUntil = new Date(validUntilMs).toISOString();
    expect(entry).toMatchObject({
      actor: 'tester',
      reason: 'the designer was late',
      after: { ...texts, validUntil, theme: { accentColor: '#1f5eff' } },
    });
    expect(entry?.before).toMatchObject({ imageUrl: null, validUntil: null });
    expect(await lab.submit(eventId, 'lee')).toMatchObject({ status: 'issued', serial: 2 });

    expect(await admin().update({ eventId, ...none }, tester)).toMatchObject({ ...none, needsApproval: false });
    const { version: before } = await admin().get(eventId);
    expect(await admin().update({ eventId, ...none }, tester)).toMatchObject({ version: before });
  });

  it('no change can make an event’s coupons expire before users could get them', async () => {
    const opensAtMs = nowMs() + dayMs;
    const closesAtMs = opensAtMs + dayMs;
    const refused = named('validUntil');
    await expect(lab.createEvent({ strategy, opensAtMs, validUntilMs: opensAtMs })).rejects.toMatchObject(refused);
    await expect(lab.createEvent({ strategy, opensAtMs, closesAtMs, validUntilMs: closesAtMs })).rejects.toMatchObject(
      refused,
    );
    const times = { opensAtMs, closesAtMs, validUntilMs: closesAtMs + 1 };
    const { eventId } = await lab.createEvent({ strategy, ...times });
    const update = (change: object) => admin().update({ eventId, ...change }, tester);
    await expect(update({ validUntilMs: closesAtMs })).rejects.toMatchObject(refused);
    await expect(update({ closesAtMs: closesAtMs + 1 })).rejects.toMatchObject(refused);
    await expect(update({ closesAtMs: null, opensAtMs: closesAtMs + 1 })).rejects.toMatchObject(refused);
    const confirm = 'Opening sale';
    await expect(
      admin().reset({ eventId, confirm, opensAtMs: closesAtMs + 1, closesAtMs: null }, tester),
    ).rejects.toMatchObject(refused);
    expect(await admin().get(eventId)).toMatchObject(times);
    expect(await update({ closesAtMs: closesAtMs + 1, validUntilMs: null })).toMatchObject({ validUntilMs: null });
  });

  it('an event whose coupons have expired can still be reset, and changed in other ways', async () => {
    const opensAtMs = nowMs() + dayMs;
    const { eventId } = await lab.createEvent({ strategy, opensAtMs, validUntilMs: opensAtMs + dayMs });
    // Writes the row directly, because no change may set a `validUntil` in the past.
    await lab.first.stores.db.event.update({ where: { id: eventId }, data: { validUntil: new Date(opensAtMs - 1) } });
    expect(await admin().update({ eventId, terms: 'Over.' }, tester)).toMatchObject({ terms: 'Over.' });
    expect(await admin().reset({ eventId, confirm: 'Opening sale' }, tester)).toMatchObject({ round: 2 });
  });
});

it('if MySQL fails midway through a change, the sweep writes the change to the row and the audit trail', async () => {
  const fields = fieldsAt(nowMs() + dayMs);
  const { eventId } = await lab.createEvent({ stock: 5 });
  await withoutCommits(lab.first.stores.db, async () => {
    const lost = admin().update({ eventId, ...fields, requestId: `page-${eventId}` }, tester);
    await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
  });
  expect(await readGate(lab.first.stores.redis.system.client, eventId)).toMatchObject({ info: fields });
  expect(await findEvent(lab.first.stores.db, eventId)).toMatchObject(none);
  await Promise.all([lab.sweep(), lab.sweep()]);
  expect(await findEvent(lab.first.stores.db, eventId)).toMatchObject(fields);
  expect(await readGate(lab.first.stores.redis.system.client, eventId)).toMatchObject({
    info: fields,
    pendingChanges: '',
  });
  const entries = await listAudit(lab.first.stores.db, { eventId, action: 'event.update', limit: 10 });
  expect(entries).toMatchObject([{ actor: 'tester', after: { terms: fields.terms } }]);
  expect(await admin().reconcile({ eventId, repair: false }, tester)).toMatchObject({ verdict: 'clean' });
});

it('the page fields survive a reset, and a rebuild of the gate', async () => {
  const fields = fieldsAt(nowMs() + dayMs);
  const { eventId } = await lab.createEvent({ stock: 5, ...fields });
  await lab.submit(eventId, 'kim');
  await lab.persisted({ eventId, round: 1 });
  await lab.first.stores.redis.system.client.del(`fc:{${eventId}}:gate`);
  await admin().reconcile({ eventId, repair: true }, tester);
  expect(await readGate(lab.first.stores.redis.system.client, eventId)).toMatchObject({ info: fields });
  await admin().reset({ eventId, confirm: 'Opening sale' }, tester);
  expect(await readGate(lab.first.stores.redis.system.client, eventId)).toMatchObject({ round: 2, info: fields });
});
