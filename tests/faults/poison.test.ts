import { expect, it } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import { prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  someUsers,
  startWorker,
  tokenOf,
  useApi,
  useDirect,
  type TestEvent,
} from '../support/system.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = useTestStores();
const direct = useDirect(() => stores);
const api = useApi(() => stores);

const faultsOf = (event: TestEvent) =>
  direct.db.claimFault.findMany({ where: { eventId: event.id }, orderBy: { id: 'asc' } });
const outboxOf = (event: TestEvent) => roundKeys(event.id, 1).outbox;

it('if MySQL already has another user’s claim with a serial, the claim with that serial is set aside and all other claims are stored', async () => {
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
  // The user whose claim was set aside still sees the claim, but not as stored.
  expect(await api.client(tokenOf(third?.userId ?? '')).claim.mine.query({ eventId: event.id })).toMatchObject({
    serial: 3,
    state: 'accepted',
  });
  const shown = async () => {
    const { checks } = (await (await fetch(`${api.url}/readyz`)).json()) as { checks: { name: string; ok: boolean }[] };
    return checks.some(({ name, ok }) => name === 'set_aside' && !ok);
  };
  await waitFor(shown, { what: '/readyz to report the claim' });

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
  ['numbers that no column accepts', ['s', '1e300', 't', '1e300', 'u', 'somebody']],
  ['a serial above the stock', ['s', '4000000000', 't', '1700000000000', 'u', 'somebody']],
  ['invalid user ids', ['s', '7', 't', '1700000000000', 'u', 'größe \u0000 \ud83d\ude00 ' + 'x'.repeat(5_000)]],
  ['more users than any of our entries', ['s', '4000000000', 't', '1', 'u', someUsers(9_000).join(' ')]],
];

it('entries that another program wrote are set aside, wherever they are, and the claims around them are stored', async () => {
  const sales = await Promise.all(
    noise.map(async ([what, fields]) => {
      const event = await createEvent(api, { stock: 80 });
      const outbox = outboxOf(event);
      await direct.redis.xadd(outbox, '1-1', ...fields);
      const before = crowdAt([api], event, { userIds: someUsers(40) });
      await before.done;
      await direct.redis.xadd(outbox, '*', ...fields);
      const after = crowdAt([api], event, { userIds: someUsers(50) });
      await after.done;
      const users = fields.includes('u') ? (fields[fields.indexOf('u') + 1] ?? '').split(' ').length : 1;
      return { what, event, answers: [...before.answers, ...after.answers], foreign: 2 * users };
    }),
  );
  // No claim of this event requests a drain, so only the sweep can find the entries.
  const quiet = await createEvent(api, { stock: 5 });
  await direct.redis.xadd(outboxOf(quiet), '*', 'hello', 'world');

  // Code that reads the outboxes before any drain must not fail on these entries.
  for (const { what, event, answers } of sales) {
    const { userId = '' } = answers[0] ?? {};
    const seen = await api.client().admin.event.get.query({ eventId: event.id });
    expect(seen, what).toMatchObject({ issued: 80, seeded: true });
    expect(await api.client(tokenOf(userId)).claim.mine.query({ eventId: event.id }), what).toMatchObject({ round: 1 });
  }
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);

  await using _worker = await startWorker(stores);
  for (const { what, event, answers, foreign } of sales) {
    const proven = prove(direct, event, { issued: 80, apis: [api], answers, foreign });
    await proven.catch((cause: unknown) => Promise.reject(new Error(what, { cause })));
  }
  await waitFor(async () => (await faultsOf(quiet)).length === 1, {
    what: 'the entry to be set aside',
    limitMs: 20_000,
  });
  await waitFor(async () => (await direct.redis.xlen(outboxOf(quiet))) === 0, { what: 'an empty outbox' });
});
