import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { inputHashOf } from '../../../core/events/admin-requests.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { parsePendingChanges } from '../../../core/events/pending-changes.ts';
import { NewerGate, parseGate, readGate } from '../../../core/gate/gate.ts';
import { queueName, readJob } from '../../../core/jobs/job-queue.ts';
import { gateKey, queuePrefix } from '../../../core/redis/keys.ts';
import { createHandlers, handleJob } from '../../../worker/handlers.ts';
import { tester, useLab } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';

/**
 * Data exactly as an earlier version wrote it. That version knew six fields and no format numbers. Later versions must
 * read such data for as long as an installation may have it.
 */
const earlier = {
  info: '{"name":"10,000원 할인","description":"Ten off","amount":10000,"currency":"KRW","timeZone":"Asia/Seoul","listed":true}',
  carry:
    '[{"action":"event.update","actor":"kim","role":"operator","keyId":null,"door":"api","reason":null,"requestId":"r-1","inputHash":"ab","atMs":1788224400123,"version":2,"info":{"description":"Twenty off","timeZone":null},"round":{"closesAtMs":null}}]',
  gate: {
    ...{ round: '1', version: '2', strategy: 'redis-stream', stock: '10', issued: '0', given: '', vacant: '0' },
    ...{ reserved: '', opensAt: '1788224400000', heldOpensAt: '', closesAt: '', paused: '0', closed: '0' },
    ...{ lastAt: '0', firstAt: '', soldOutAt: '', runId: 'seed:1', codeKey: '07'.repeat(32) },
  },
  audited:
    '{"name":"10,000원 할인","description":"Ten off","amount":10000,"currency":"KRW","timeZone":"Asia/Seoul","listed":true,"strategy":"redis-stream","round":1,"version":3,"stock":10,"paused":false,"closed":false,"needsApproval":false,"opensAt":"2026-09-01T01:00:00.000Z","closesAt":null}',
  /** The hash of `createInput` below. */
  inputHash: '2c001569dfc1936380685e45e5b179efd5a6ff5ea823bd3773efc3d4e12c6a92',
};
const info = {
  ...{ name: '10,000원 할인', description: 'Ten off', amount: 10_000, currency: 'KRW', timeZone: 'Asia/Seoul' },
  ...{ listed: true, imageUrl: null, imageAlt: null, terms: null, useUrl: null, validUntilMs: null },
  ...{ theme: null, triesMax: null, triesWindowMs: null },
};

const stores = useTestStores();
const lab = useLab({ stores });
const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;

describe('data that an earlier version wrote without format numbers', () => {
  it('has null for a gate’s newer fields', () => {
    const gate = parseGate('e', { ...earlier.gate, info: earlier.info, carry: earlier.carry });
    expect(gate).toMatchObject({
      version: 2,
      stock: 10,
      opensAtMs: 1_788_224_400_000,
      info,
      pendingChanges: earlier.carry,
    });
    expect(gate?.info).toEqual(info);
  });

  it('may include a pending change in the gate, which still reaches the row, the gate and the audit trail', async () => {
    const { eventId } = await lab.createEvent({ name: info.name, description: 'Ten off', timeZone: 'Asia/Seoul' });
    await redis().hset(gateKey(eventId), { version: 2, info: earlier.info, carry: earlier.carry });
    await lab.sweep();
    expect(await findEvent(db(), eventId)).toMatchObject({ description: 'Twenty off', timeZone: null, terms: null });
    const gate = await readGate(redis(), eventId);
    expect(gate).toMatchObject({
      pendingChanges: '',
      info: { description: 'Twenty off', timeZone: null, terms: null },
    });
    const [entry] = await listAudit(db(), { eventId, action: 'event.update', limit: 1 });
    expect(entry).toMatchObject({ actor: 'kim', requestId: 'r-1', after: { description: 'Twenty off' } });
  });

  it('may be a gate with a pending change, which still accepts a change to a newer field', async () => {
    const { eventId } = await lab.createEvent({ name: info.name });
    await redis().hset(gateKey(eventId), { version: 2, info: earlier.info, carry: earlier.carry });
    await lab.first.admin.update({ eventId, terms: 'One each.' }, tester);
    expect(await lab.first.events.get(eventId)).toMatchObject({ description: 'Twenty off', terms: 'One each.' });
    expect(await findEvent(db(), eventId)).toMatchObject({ description: 'Twenty off', terms: 'One each.' });
    expect(await readGate(redis(), eventId)).toMatchObject({ pendingChanges: '' });
  });

  it('is not reported as drift, because row and gate agree until something is changed', async () => {
    const { eventId } = await lab.createEvent();
    const {
      format: _format,
      imageUrl: _1,
      imageAlt: _2,
      terms: _3,
      useUrl: _4,
      validUntilMs: _5,
      theme: _6,
      ...six
    } = JSON.parse((await redis().hget(gateKey(eventId), 'info')) ?? '') as Record<string, unknown>;
    await redis().hset(gateKey(eventId), 'info', JSON.stringify(six));
    expect(await lab.first.admin.reconcile({ eventId, repair: false }, tester)).toMatchObject({
      verdict: 'clean',
      findings: [],
    });
  });

  it('may be a gate that a process of that version rewrote without a newer field, and a repair restores the field', async () => {
    const { eventId } = await lab.createEvent({ name: info.name, terms: 'One each.' });
    await redis().hset(gateKey(eventId), 'info', earlier.info.replace('Ten off', '').replace('"Asia/Seoul"', 'null'));
    expect(await lab.first.admin.reconcile({ eventId, repair: false }, tester)).toMatchObject({
      findings: [{ kind: 'config_drift', count: 1 }],
    });
    expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({ verdict: 'clean' });
    expect(await readGate(redis(), eventId)).toMatchObject({ info: { terms: 'One each.' } });
  });

  it('may be an audit entry, which reads as before', async () => {
    await db().$executeRaw`INSERT INTO audit_log (at, actor, door, action, event_id, round, state_before, state_after)
      VALUES (NOW(3), 'kim', 'api', 'event.update', 'ev_earlier', 1, NULL, ${earlier.audited})`;
    const [entry] = await listAudit(db(), { eventId: 'ev_earlier', limit: 1 });
    expect(entry).toMatchObject({ before: null });
    expect(entry?.after).toEqual(JSON.parse(earlier.audited));
  });

  it('may be a job, which still runs', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    await db().round.updateMany({ where: { eventId }, data: { opensAt: new Date(lab.first.clock.nowMs() + 5_000) } });
    const queue = new Queue(queueName, { connection: new Redis(stores.redisUrl), prefix: queuePrefix });
    const job = await queue.add('seed', { eventId, round: 1 });
    await handleJob(createHandlers(lab.first.stores, lab.first.jobs, 86_400_000), job, () => undefined);
    await queue.close();
    expect(await readGate(redis(), eventId)).toMatchObject({ round: 1 });
    expect(readJob('sweep', {})).toEqual({});
    expect(readJob('drain', { eventId, round: 1 })).toEqual({ eventId, round: 1 });
  });

  it('may be a request, which is still recognized if it is sent again', async () => {
    const createInput = {
      ...{ name: 'Sale', amount: 100, stock: 10, opensAtMs: 1_788_224_400_000, currency: 'KRW' },
      ...{ strategy: 'redis-stream' as const, description: '', listed: true },
    };
    expect(inputHashOf({ action: 'event.create', input: createInput })).toBe(earlier.inputHash);
    await db().$executeRaw`INSERT INTO admin_requests
      (actor, request_id, action, event_id, input_hash, result, created_at)
      VALUES (${tester.name}, 'r-earlier', 'event.create', '', ${Buffer.from(earlier.inputHash, 'hex')},
        ${JSON.stringify({ value: (await lab.createEvent({ name: 'Made before' })).eventId })}, NOW(3))`;
    expect(await lab.first.admin.create({ ...createInput, requestId: 'r-earlier' }, tester)).toMatchObject({
      name: 'Made before',
    });
  });
});

describe('data that this version writes', () => {
  it('names the format', async () => {
    const { eventId } = await lab.createEvent();
    const json = async (field: string) => (await redis().hget(gateKey(eventId), field)) ?? '';
    expect(JSON.parse(await json('info'))).toMatchObject({ format: 1 });
    const [row] = await db().$queryRaw<{ state: unknown }[]>`
      SELECT JSON_VALUE(state_after, '$.format') AS state FROM audit_log WHERE event_id = ${eventId}`;
    expect(Number(row?.state)).toBe(1);
    const [entry] = await listAudit(db(), { eventId, limit: 1 });
    expect(entry?.after).not.toHaveProperty('format');
  });

  it('can be read by the earlier version, which ignores fields that it does not know', () => {
    const gate = parseGate('e', { ...earlier.gate, info: earlier.info, carry: '' });
    // The earlier version used the gate's JSON unchanged. Of a change, it kept only the fields that it knew.
    expect(gate?.info).toMatchObject(JSON.parse(earlier.info) as object);
  });
});

describe('data of a newer version in an unknown format', () => {
  const newer = { info: earlier.info.replace('{', '{"format":2,'), carry: earlier.carry.replace('{', '{"format":2,') };

  it.each(['info', 'carry'] as const)(
    'stops the event in this process, with a reason, if it is in the gate’s %s',
    (field) => {
      const hash = { ...earlier.gate, info: earlier.info, carry: '', [field]: newer[field] };
      expect(() => parseGate('e', hash)).toThrow(NewerGate);
      expect(() => parseGate('e', hash)).toThrow(/format 2, and this version of Firstcome reads formats up to 1/);
    },
  );

  it('is neither repaired nor replaced by a reset', async () => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    await lab.submit(eventId, 'kim');
    await redis().hset(gateKey(eventId), 'info', newer.info);
    const before = await redis().hgetall(gateKey(eventId));
    await lab.sweep();
    await expect(lab.first.admin.reconcile({ eventId, repair: true }, tester)).rejects.toThrow(
      /newer version|format 2/,
    );
    const { name } = (await findEvent(db(), eventId)) ?? { name: '' };
    await lab.first.admin.reset({ eventId, confirm: name }, tester).catch(() => undefined);
    await lab.sweep();
    expect(await redis().hgetall(gateKey(eventId))).toEqual(before);
  });

  it('is not misread as an audit entry or a job', async () => {
    expect(() => readJob('drain', { format: 2, eventId: 'e', round: 1 })).toThrow(/format 2/);
    await db().$executeRaw`INSERT INTO audit_log (at, actor, door, action, event_id, round, state_after)
      VALUES (NOW(3), 'kim', 'api', 'event.update', 'ev_newer', 1, '{"format":2}')`;
    await expect(listAudit(db(), { eventId: 'ev_newer', limit: 1 })).rejects.toThrow(/audit_log row \d+ .*format 2/);
  });
});

describe('broken JSON', () => {
  it.each([
    ['info', '{'],
    ['info', '[]'],
    ['info', 'null'],
    ['info', '{"name":"x"}'],
    ['info', earlier.info.replace('10000', '"10000"')],
    ['info', earlier.info.replace('}', ',"terms":7}')],
    ['info', earlier.info.replace('{', '{"format":"1",')],
    ['carry', '{}'],
    ['carry', '[1]'],
    ['carry', '[{"action":"event.pause"}]'],
    ['carry', earlier.carry.replace('"Twenty off"', '7')],
  ])('in the gate’s %s means that the gate is damaged: %s', (field, text) => {
    const hash = { ...earlier.gate, info: earlier.info, carry: '', [field]: text };
    expect(() => parseGate('e', hash)).toThrow(`its field ${field} can't be read`);
  });

  it('is not read as a job or as a change', () => {
    expect(() => readJob('seed', { eventId: 'e' })).toThrow();
    expect(() => readJob('seed', null)).toThrow();
    expect(() => parsePendingChanges('[null]')).toThrow();
  });
});
