import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Db } from '../../core/mysql/open-db.ts';
import type { createdApiKeyOutput } from '../../core/wire/api-key-wire.ts';
import { callerAt, type Caller, type Reply } from './call.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { signToken } from './tokens.ts';

/** An approval needs two people, even if one of them uses several API keys. */

type Created = z.output<typeof createdApiKeyOutput>;

let api: RealApi;
let db: Db;
let names = 0;

beforeAll(async () => {
  api = await openRealApi({ APPROVAL_AMOUNT: '1000' });
  ({ db } = api.platform.stores);
});
afterAll(() => api[Symbol.asyncDispose]());

const freshName = (): string => `machine-${(names += 1)}`;
const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
const person = (name: string): Caller => callerAt(api.url, signToken({ sub: name, role: 'admin', exp: inAnHour }));
const machine = ({ key }: Created): Caller => callerAt(api.url, key);

async function keyOf(maker: Caller, input: Record<string, unknown> = {}): Promise<Created> {
  const reply = await maker.mutate('admin.apiKey.create', { name: freshName(), role: 'operator', ...input });
  expect(reply).toMatchObject({ status: 200, error: undefined });
  return reply.data as Created;
}

type Event = { id: string; version: number };
async function eventOf(maker: Caller, amount = 1_001): Promise<Event> {
  const input = { name: 'Sale', amount, stock: 1, opensAt: '2099-01-01T00:00:00Z' };
  const reply = await maker.mutate('admin.event.create', input);
  expect(reply).toMatchObject({ status: 200, data: { needsApproval: amount > 1_000 } });
  return reply.data as Event;
}

const approve = async (approver: Caller, { id: eventId }: Event): Promise<Reply> => {
  const { data } = await approver.query('admin.event.get', { eventId });
  return approver.mutate('admin.event.approve', { eventId, version: (data as Event).version });
};

const refused = { status: 409, error: { data: { code: 'CONFLICT' } } };
const approved = { status: 200, data: { needsApproval: false } };

describe('the person who made an API key', () => {
  it('can’t approve an event that the key created, although another admin can', async () => {
    const event = await eventOf(machine(await keyOf(person('kim'))));
    expect(await approve(person('kim'), event)).toMatchObject(refused);
    expect(await approve(person('lee'), event)).toMatchObject(approved);
  });

  it('can’t approve another person’s event that the key changed', async () => {
    const key = await keyOf(person('kim'));
    const event = await eventOf(person('lee'));
    await machine(key).mutate('admin.event.topUp', { eventId: event.id, add: 1 });
    const reply = await approve(person('kim'), event);
    expect(reply).toMatchObject(refused);
    expect(reply.error?.message).toContain('in person or through an API key');
    expect(await approve(person('choi'), event)).toMatchObject(approved);
  });

  it('can’t approve a change by a key that was made with one of their own keys', async () => {
    const maker = await keyOf(person('kim'), { role: 'admin' });
    const event = await eventOf(machine(await keyOf(machine(maker))));
    expect(await approve(person('kim'), event)).toMatchObject(refused);
    expect(await approve(machine(maker), event)).toMatchObject(refused);
    expect(await approve(person('lee'), event)).toMatchObject(approved);
  });

  it('can’t approve a change by a key that descends from theirs through many keys, as earlier versions allowed', async () => {
    let last = await keyOf(person('kim'), { role: 'admin' });
    for (let depth = 0; depth < 30; depth += 1) {
      const next = await keyOf(person('park'), { role: 'admin' });
      await db.apiKey.update({
        where: { id: next.id },
        data: { createdBy: `key:${last.name}`, createdByKey: last.id },
      });
      last = next;
    }
    const event = await eventOf(machine(last));
    expect(await approve(person('kim'), event)).toMatchObject(refused);
    expect(await approve(person('park'), event)).toMatchObject(approved);
  });

  it('is still known after the key is revoked and somebody else makes a key with the same name', async () => {
    const first = await keyOf(person('kim'), { name: 'reused' });
    const event = await eventOf(machine(first));
    await person('kim').mutate('admin.apiKey.revoke', { id: first.id });
    await keyOf(person('lee'), { name: 'reused' });
    expect(await approve(person('kim'), event)).toMatchObject(refused);
    expect(await approve(person('lee'), event)).toMatchObject(approved);
  });

  it('may be anybody who made a key with that name, if the audit entry is from an earlier version and contains no key id', async () => {
    const event = await eventOf(machine(await keyOf(person('kim'), { name: 'old' })));
    await db.auditEntry.updateMany({ where: { eventId: event.id }, data: { keyId: null } });
    expect(await approve(person('kim'), event)).toMatchObject(refused);
    expect(await approve(person('lee'), event)).toMatchObject(approved);
  });
});

it('a request for an approval gets an answer even if two keys are recorded as having made each other', async () => {
  const [one, two] = [await keyOf(person('kim')), await keyOf(person('kim'))];
  await db.apiKey.update({ where: { id: one.id }, data: { createdBy: `key:${two.name}`, createdByKey: two.id } });
  await db.apiKey.update({ where: { id: two.id }, data: { createdBy: `key:${one.name}`, createdByKey: one.id } });
  const event = await eventOf(machine(one));
  expect(await approve(person('lee'), event)).toMatchObject(approved);
});
