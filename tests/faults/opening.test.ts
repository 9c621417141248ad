import { expect, it } from 'vitest';
import { gateKey } from '../../core/redis/keys.ts';
import { prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  someUsers,
  startApi,
  startWorker,
  useDirect,
  type TestEvent,
} from '../support/system.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = useTestStores();
const direct = useDirect(() => stores);

/** The processes' seeding lead. It is short, so that a test can create an event before any process seeds it. */
const leadMs = 5_000;
const shortLead = { SEED_LEAD_SECONDS: String(leadMs / 1_000) };
const seedsIn = (...processes: { output(): string }[]): number =>
  processes.reduce((sum, process) => sum + (process.output().match(/"event":"gate_seeded"/g)?.length ?? 0), 0);

it('without any worker, each event opens on time, whether a seeder, an early caller or the first caller after the opening seeds it', async () => {
  const options = { ...stores, env: shortLead };
  const [first, second] = await Promise.all([startApi(options), startApi(options)]);
  await using opened = new AsyncDisposableStack();
  for (const process of [first, second]) opened.use(process);
  const apis = [first, second];
  const isSeeded = async ({ id }: TestEvent) => (await direct.redis.exists(gateKey(id))) === 1;
  const openingIn = (ms: number) => createEvent(first, { stock: 30, opensAtMs: Date.now() + ms });
  const seeded = await openingIn(leadMs - 1_000);
  const unseeded = await openingIn(leadMs + 1_500);
  const unasked = await openingIn(leadMs + 1_500);
  expect([await isSeeded(seeded), await isSeeded(unseeded)]).toEqual([true, false]);

  const crowds = [seeded, unseeded].map((event) => crowdAt(apis, event, { userIds: someUsers(40), untilOpen: true }));
  await Promise.all(crowds.map(({ done }) => done));
  for (const { answers } of crowds) {
    expect(answers.filter(({ outcome }) => outcome.status === 'not_open').length).toBeGreaterThan(0);
    expect(answers.filter(({ outcome }) => outcome.status === 'unknown')).toEqual([]);
  }
  await waitFor(() => Date.now() > unasked.opensAtMs, { what: 'the opening' });
  expect(await isSeeded(unasked)).toBe(false);
  const late = crowdAt(apis, unasked, { userIds: someUsers(40) });
  await late.done;

  // The proof checks that no claim is earlier than the opening, and that the first claim is not late.
  await using _worker = await startWorker(stores);
  for (const [i, event] of [seeded, unseeded, unasked].entries()) {
    const { answers } = crowds[i] ?? late;
    await prove(direct, event, { issued: 30, apis, answers, onTime: true });
  }
});

it('if two workers and two API processes all try to seed an event, they make one gate', async () => {
  const options = { ...stores, env: shortLead };
  const [first, second, ...workers] = await Promise.all([
    startApi(options),
    startApi(options),
    startWorker(options),
    startWorker(options),
  ]);
  await using apis = new AsyncDisposableStack();
  for (const process of [first, second, ...workers]) apis.use(process);
  const quiet = await createEvent(first, { stock: 5, opensAtMs: Date.now() + leadMs + 1_500 });
  const wanted = await createEvent(first, { stock: 60, opensAtMs: Date.now() + leadMs + 1_500 });
  const crowd = crowdAt([first, second], wanted, { userIds: someUsers(70), untilOpen: true });
  await crowd.done;
  await prove(direct, wanted, { issued: 60, apis: [first, second], answers: crowd.answers, onTime: true });
  expect(await direct.redis.exists(gateKey(quiet.id))).toBe(1);
  expect(seedsIn(first.process, second.process, ...workers)).toBe(2);
});

it('even if wall clocks are 10 s off, in either direction, the event opens by Redis’s clock', async () => {
  const preload = new URL('./wrong-clock.mjs', import.meta.url).href;
  const wrongBy = (ms: number) => ({
    ...stores,
    env: { NODE_OPTIONS: `--import=${preload}`, WRONG_CLOCK_MS: String(ms) },
  });
  const [fast, slow, worker] = await Promise.all([
    startApi(wrongBy(10_000)),
    startApi(wrongBy(-10_000)),
    startWorker(wrongBy(10_000)),
  ]);
  await using opened = new AsyncDisposableStack();
  for (const process of [fast, slow, worker]) opened.use(process);
  const logTime = /"time":"([^"]+)"/.exec(fast.process.output())?.[1] ?? '';
  expect(Date.parse(logTime) - Date.now()).toBeGreaterThan(5_000);

  const opensAtMs = Date.now() + 3_000;
  const event = await createEvent(fast, { stock: 60, opensAtMs, closesAtMs: opensAtMs + 2_500 });
  for (const api of [fast, slow]) {
    const { serverTime, phase } = await api.client().event.get.query({ eventId: event.id });
    expect(phase).toBe('scheduled');
    expect(Math.abs(Date.parse(serverTime) - Date.now())).toBeLessThan(1_000);
  }
  const crowd = crowdAt([fast, slow], event, { userIds: someUsers(70), untilOpen: true });
  await crowd.done;
  await prove(direct, event, { issued: 60, apis: [fast, slow], answers: crowd.answers, onTime: true });

  await waitFor(() => Date.now() > opensAtMs + 2_500, { what: 'the closing time' });
  const late = crowdAt([fast, slow], event, { userIds: someUsers(4) });
  await late.done;
  expect(late.answers.map(({ outcome }) => outcome.status)).toEqual(['closed', 'closed', 'closed', 'closed']);
});
