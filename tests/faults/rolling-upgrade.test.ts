import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { realStrategyNames } from '../../core/events/event.ts';
import { migrate } from '../../core/mysql/migrate.ts';
import type { CrowdAnswer } from '../support/crowd.ts';
import { prove, toldIssued } from '../support/prove.ts';
import {
  type ApiProcess,
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  tokenOf,
  type TestEvent,
} from '../support/system.ts';
import { createEmptyDatabase } from '../support/test-database.ts';
import { createTestRedis } from '../support/test-redis.ts';
import { startTraceCollector, tracingEnv } from '../support/trace-collector.ts';
import { checkOutVersionBefore, hasWholeHistory, whyNoVersionBefore } from '../support/version-before.ts';

// An upgrade starts eight processes and serves seven sales. On a machine with ten times the load that it can carry, the
// test took 70 s.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const missing = whyNoVersionBefore();

it('this clone has the previous version, or the test says why the rolling upgrade can’t be tested', ({ skip }) => {
  if (missing !== null && (process.env['CI'] === undefined || !hasWholeHistory())) skip(missing);
  expect(missing).toBeNull();
});

describe.skipIf(missing !== null)('a rolling upgrade in the middle of a sale', () => {
  let before = '';
  beforeAll(async () => {
    before = await checkOutVersionBefore();
  });

  it.each<{ order: string; steps: (system: Upgraded) => Step[] }>([
    {
      order: 'the API first, while the worker runs the previous version',
      steps: ({ replaceApi, replaceWorker }) => [() => replaceApi(0), () => replaceApi(1), replaceWorker],
    },
    {
      order: 'the worker first, while the API runs the previous version',
      steps: ({ replaceApi, replaceWorker }) => [replaceWorker, () => replaceApi(1), () => replaceApi(0)],
    },
  ])('loses no claim and sells exactly the stock with every strategy: $order', async ({ steps }) => {
    await using system = await startVersionBefore(before);
    const { apis } = system;
    const sales: Sale[] = [];
    for (const strategy of realStrategyNames) {
      sales.push({ event: await createEvent(apis[0], { stock, strategy }), answers: [] });
    }
    for (const [i, step] of [system.applyMigrations, ...steps(system)].entries()) {
      await sellDuring(sales, apis, step);
      // The version that did not decide a claim gives the same answer about the claim.
      await Promise.all(sales.map((sale) => expectReplays(sale, apis)));
      // A change made by one version also takes effect in the other version.
      await Promise.all(sales.map(({ event }) => topUp(apis[i % apis.length] ?? apis[0], event, 2)));
    }
    expect(system.collector.spans().map(({ name }) => name)).toContain('claim.submit');
    await Promise.all(
      sales.map(async (sale) => {
        await sellOut(sale, apis);
        const { event, answers } = sale;
        await prove(system.direct, event, { issued: event.stock, apis, answers });
      }),
    );
  });
});

/** Each step of an upgrade has its own wave of users. The coupons left after four waves are sold at the end. */
const waveUsers = 15;
const stock = 65;

type Step = () => Promise<void>;
type Sale = { event: TestEvent; answers: CrowdAnswer[] };

/**
 * Users arrive at every event during the step. Each event issues a claim before the step, and every user has an answer
 * after it.
 */
async function sellDuring(sales: Sale[], apis: ApiProcess[], step: Step): Promise<void> {
  const crowds = sales.map(({ event }) =>
    crowdAt(apis, event, { userIds: someUsers(waveUsers), overMs: 2_000, limitMs: 60_000 }),
  );
  await Promise.all(crowds.map((crowd) => crowd.untilIssued(1)));
  await step();
  await Promise.all(crowds.map(({ done }) => done));
  for (const [i, { answers }] of crowds.entries()) {
    sales[i]?.answers.push(...answers);
    const winners = new Set(toldIssued(answers).map(({ userId }) => userId));
    expect(winners.size).toBe(waveUsers);
  }
}

/**
 * Checks that each process still returns the same claim to everybody who has won so far. Keeps these answers, so that
 * the proof covers them too.
 */
async function expectReplays({ event, answers }: Sale, apis: ApiProcess[]): Promise<void> {
  const told = new Map(toldIssued(answers).map(({ userId, outcome }) => [userId, outcome]));
  for (const api of apis) {
    const again = crowdAt([api], event, { userIds: [...told.keys()] });
    await again.done;
    const decided = again.answers.filter(({ outcome }) => !['busy', 'unknown'].includes(outcome.status));
    for (const { userId, outcome } of decided) expect(outcome).toEqual({ ...told.get(userId), replayed: true });
    answers.push(...again.answers);
  }
}

async function topUp(api: ApiProcess, event: TestEvent, add: number): Promise<void> {
  await api.client(tokenOf('operator', 'operator')).admin.event.topUp.mutate({ eventId: event.id, add });
  event.stock += add;
}

async function sellOut({ event, answers }: Sale, apis: ApiProcess[]): Promise<void> {
  const crowd = crowdAt(apis, event, { userIds: someUsers(waveUsers + 20), limitMs: 60_000 });
  await crowd.done;
  answers.push(...crowd.answers);
}

type Upgraded = Awaited<ReturnType<typeof startVersionBefore>>;

async function startVersionBefore(checkout: string) {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await createTestRedis());
  const { databaseUrl } = opened.use(await createEmptyDatabase());
  // The processes of this version trace every claim, so the outbox has entries of both versions.
  const collector = opened.use(await startTraceCollector());
  const servers = { redisUrl: redis.redisUrl, databaseUrl, env: tracingEnv(collector) };
  const earlier = { ...servers, checkout };
  await migrate({ databaseUrl, directory: join(checkout, 'prisma/migrations') });
  const direct = opened.use(openDirect(servers));
  const apis = [opened.use(await startApi(earlier)), opened.use(await startApi(earlier))] as const;
  let worker = await startWorker(earlier);
  opened.defer(() => worker[Symbol.asyncDispose]());
  const resources = opened.move();
  return {
    direct,
    collector,
    apis: [...apis] as [ApiProcess, ApiProcess],
    applyMigrations: async () => {
      await migrate({ databaseUrl });
    },
    replaceApi: async (which: 0 | 1) => {
      expect(await apis[which].process.stop(), apis[which].process.output()).toBe(true);
      await apis[which].restart({ checkout: undefined });
    },
    replaceWorker: async () => {
      expect(await worker.stop(), worker.output()).toBe(true);
      worker = await startWorker(servers);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
