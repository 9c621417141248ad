import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundKeys } from '../../core/keys.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';
import { prove } from './prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  tokenOf,
  type ApiProcess,
  type DirectStores,
  type TestEvent,
} from './system.ts';

let stores: TestStores;
let direct: DirectStores;
let api: ApiProcess;
beforeAll(async () => {
  stores = await createTestStores();
  direct = openDirect(stores);
  api = await startApi(stores);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await direct[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

const faultsOf = (event: TestEvent) =>
  direct.db.claimFault.findMany({ where: { eventId: event.id }, orderBy: { id: 'asc' } });
const outboxOf = (event: TestEvent) => roundKeys(event.id, 1).outbox;

it('a serial that MySQL has given to another user: that claim is set aside, the others are stored', async () => {
  const event = await createEvent(api, { stock: 50 });
  const crowd = crowdAt([api], event, { userIds: someUsers(60) });
  await direct.db.claim.create({
    data: {
      ...{ eventId: event.id, round: 1, serial: 3, userId: 'intruder', code: 'BY-HAND' },
      ...{ claimedAt: new Date(event.opensAtMs), persistedAt: new Date() },
    },
  });
  await crowd.done;
  await using worker = await startWorker(stores);
  const [fault] = await waitFor(async () => ((await faultsOf(event)).length > 0 ? faultsOf(event) : null), {
    what: 'the claim to be set aside',
  });
  const third = crowd.answers.find(({ outcome }) => outcome.status === 'issued' && outcome.serial === 3);
  expect(fault).toMatchObject({ reason: 'serial_taken', serial: 3n, userId: third?.userId });
  expect(await worker.outputMatching(/"event":"claims_set_aside"[^\n]*/)).toMatchObject({
    0: expect.stringContaining(event.id) as string,
  });
  // Who lost the row keeps the claim that was told, and is not told that it is stored.
  expect(await api.client(tokenOf(third?.userId ?? '')).claim.mine.query({ eventId: event.id })).toMatchObject({
    serial: 3,
    state: 'accepted',
  });
  const shown = async () => {
    const { checks } = (await (await fetch(`${api.url}/readyz`)).json()) as { checks: { name: string; ok: boolean }[] };
    return checks.some(({ name, ok }) => name === 'set_aside' && !ok);
  };
  await waitFor(shown, { what: '/readyz to show it' });

  await direct.db.claim.deleteMany({ where: { eventId: event.id, userId: 'intruder' } });
  await prove(direct, event, {
    issued: 50,
    apis: [api],
    answers: crowd.answers,
    setAside: 1,
    except: ['told_not_stored'],
  });
});

const noise: [string, string[]][] = [
  ['not in our format at all', ['hello', 'world']],
  ['no numbers where numbers belong', ['s', 'one', 't', 'now', 'u', 'somebody']],
  ['no users', ['s', '1', 't', '1', 'u', '']],
  ['numbers that no column takes', ['s', '1e300', 't', '1e300', 'u', 'somebody']],
  ['a serial above the stock', ['s', '4000000000', 't', '1700000000000', 'u', 'somebody']],
  ['user ids that are none', ['s', '7', 't', '1700000000000', 'u', 'größe \u0000 \ud83d\ude00 ' + 'x'.repeat(5_000)]],
  ['more users than any entry of ours', ['s', '4000000000', 't', '1', 'u', someUsers(9_000).join(' ')]],
];

describe.each(noise)('an entry that is not ours (%s)', (_what, fields) => {
  it('is set aside, wherever it stands, and the claims around it are stored', async () => {
    const event = await createEvent(api, { stock: 80 });
    const outbox = outboxOf(event);
    await direct.redis.xadd(outbox, '1-1', ...fields);
    const before = crowdAt([api], event, { userIds: someUsers(40) });
    await before.done;
    await direct.redis.xadd(outbox, '*', ...fields);
    const after = crowdAt([api], event, { userIds: someUsers(50) });
    await after.done;

    // Nobody has drained yet; what looks at the outbox must not stumble over it.
    const { userId = '' } = before.answers[0] ?? {};
    expect(await api.client().admin.event.get.query({ eventId: event.id })).toMatchObject({ issued: 80, seeded: true });
    expect(await api.client(tokenOf(userId)).claim.mine.query({ eventId: event.id })).toMatchObject({ round: 1 });
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);

    await using _worker = await startWorker(stores);
    await waitFor(async () => (await direct.redis.xlen(outbox)) === 0, { what: 'an empty outbox', limitMs: 20_000 });
    const faults = await faultsOf(event);
    expect(faults.length).toBeGreaterThanOrEqual(2);
    expect(new Set(faults.map(({ entryId }) => entryId)).size).toBe(2);
    await direct.db.claimFault.deleteMany({ where: { eventId: event.id } });
    await prove(direct, event, { issued: 80, apis: [api], answers: [...before.answers, ...after.answers] });
  });
});

it('an entry that is not ours is found by the sweep, when no claim asks for a drain', async () => {
  const event = await createEvent(api, { stock: 5 });
  await direct.redis.xadd(outboxOf(event), '*', 'hello', 'world');
  await using _worker = await startWorker(stores);
  await waitFor(async () => (await faultsOf(event)).length === 1, { what: 'it to be set aside', limitMs: 20_000 });
  await waitFor(async () => (await direct.redis.xlen(outboxOf(event))) === 0, { what: 'an empty outbox' });
});
