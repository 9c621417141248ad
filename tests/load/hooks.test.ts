import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { createSecretTokens } from '../../api/secret-tokens.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import { readAnswers, removeAnswers } from '../../load/runner/answers.ts';
import { measureCalls } from '../../load/runner/call-figures.ts';
import { judgeEvent } from '../../load/runner/judge-event.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { secret } from '../api/tokens.ts';
import { root, startCommand } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { loadHooks, readScenario, visit, type HookEnv, type VirtualUser } from './virtual-user.ts';

const closing = new AsyncDisposableStack();
afterAll(() => closing.disposeAsync());
let api: RealApi;
beforeAll(async () => {
  api = closing.use(await openRealApi());
});

/** Writes a file that names these events, in the form that `LOAD_EVENTS` expects, and returns its path. */
function namedEvents(events: { id: string; fromMs: number }[]): string {
  const file = join(makeTestDir(inject('runDir'), 'events'), 'events.json');
  writeFileSync(file, JSON.stringify(events));
  return file;
}

const envOf = (over: Partial<HookEnv> = {}): HookEnv => ({
  AUTH_SECRET: secret,
  LOAD_ANSWERS: makeTestDir(inject('runDir'), 'answers'),
  LOAD_EVENTS: namedEvents([{ id: 'ev_1', fromMs: 0 }]),
  LOAD_RUN: 'run',
  LOAD_SOURCES: '',
  LOAD_USERS: '0',
  LOCAL_WORKER_ID: '1',
  ...over,
});

async function openEvent(stock: number): Promise<{ id: string; round: number; stock: number; opensAtMs: number }> {
  const { data } = await api.admin('operator').mutate('admin.event.create', {
    ...{ name: 'Load', amount: 10_000, stock, strategy: 'db-lock', opensAt: new Date().toISOString() },
  });
  const { id, round, opensAt } = data as { id: string; round: number; opensAt: string };
  return { id, round, stock, opensAtMs: Date.parse(opensAt) };
}

const written = (env: HookEnv, eventId: string, count: number) =>
  waitFor(() => readAnswers(env.LOAD_ANSWERS, eventId).length === count, { what: `${count} answers on disk` });

describe('the Artillery hooks of load/', () => {
  it('have the names that the scenario uses', async () => {
    const hooks = await loadHooks(envOf());
    const scenario = readScenario();
    const names = [scenario.beforeScenario, scenario.beforeRequest, scenario.afterResponse, ...scenario.onError];
    for (const name of names) expect(hooks).toHaveProperty(name, expect.any(Function));
  });

  it('give each user a different id, and a token that the API accepts for that id', async () => {
    const env = envOf();
    const workers = [await loadHooks(env), await loadHooks({ ...env, LOCAL_WORKER_ID: '2' })];
    const tokens = createSecretTokens([secret]);
    const ids = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const user = { vars: {} as { token?: string }, userId: '' };
      workers[i % 2]?.arrive(user, { emit: () => undefined }, () => undefined);
      expect(tokens.surely(user.vars.token ?? '')).toEqual({ userId: user.userId, role: null });
      ids.add(user.userId);
    }
    expect(ids.size).toBe(20);
  });

  it('reuse a few users if the settings ask for that', async () => {
    const hooks = await loadHooks(envOf({ LOAD_USERS: '3' }));
    const ids = new Set<string | undefined>();
    for (let i = 0; i < 200; i += 1) {
      const user: { vars: object; userId?: string } = { vars: {} };
      hooks.arrive(user, { emit: () => undefined }, () => undefined);
      ids.add(user.userId);
    }
    expect([...ids].sort()).toEqual(['run-0', 'run-1', 'run-2']);
  });

  it('call from each given address in turn, or let the system choose one if none is given', async () => {
    const addressesOf = async (sources: string): Promise<unknown[]> => {
      const hooks = await loadHooks(envOf({ LOAD_SOURCES: sources }));
      return Array.from({ length: 4 }, () => {
        const user: VirtualUser = { vars: {} };
        const request: Record<string, unknown> = {};
        hooks.arrive(user, { emit: () => undefined }, () => undefined);
        hooks.ask(request, user, { emit: () => undefined }, () => undefined);
        return request['localAddress'];
      });
    };
    const addresses = ['127.1.1.1', '127.1.1.2'];
    const called = await addressesOf(addresses.join(','));
    expect(called.toSorted()).toEqual([...addresses, ...addresses].toSorted());
    expect(await addressesOf('')).toEqual(Array.from({ length: 4 }));
  });

  it('send users to the event whose turn it is', async () => {
    const nowMs = monotonicMs();
    const turns = [
      { id: 'past', fromMs: nowMs - 60_000 },
      { id: 'now', fromMs: nowMs - 1 },
      { id: 'next', fromMs: nowMs + 600_000 },
    ];
    const file = namedEvents(turns.slice(2));
    const hooks = await loadHooks(envOf({ LOAD_EVENTS: file }));
    const eventOfNext = (): string | undefined => {
      const user: { vars: { eventId?: string } } = { vars: {} };
      hooks.arrive(user, { emit: () => undefined }, () => undefined);
      return user.vars.eventId;
    };
    // Artillery may be ready before the first turn begins.
    expect(eventOfNext()).toBe('next');
    // A long load adds more turns while it runs.
    writeFileSync(file, JSON.stringify(turns));
    await waitFor(() => eventOfNext() === 'now', { what: 'the event that was added later' });
  });

  it('sell out a real event, and record enough to prove that the sale kept its promises', async () => {
    const event = await openEvent(10);
    const env = envOf({ LOAD_EVENTS: namedEvents([{ id: event.id, fromMs: 0 }]) });
    const hooks = await loadHooks(env);
    const visits = await Promise.all(
      Array.from({ length: 30 }, (_, i) => visit(hooks, api.url, { clicks: i % 3 === 0 ? 2 : 1 })),
    );
    const counted = (name: string) => visits.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
    expect(counted('claims.issued')).toBe(10);
    expect(counted('claims.issued') + counted('claims.replayed') + counted('claims.sold_out')).toBe(40);
    await written(env, event.id, 40);
    const answers = readAnswers(env.LOAD_ANSWERS, event.id);
    expect(measureCalls(answers)).toMatchObject({ arrivals: 30, calls: 40, issued: 10, failed: 0 });

    const redis = new Redis(api.stores.redisUrl);
    const db = openDb(api.stores.databaseUrl, { poolMax: 1, commandTimeoutMs: 10_000 });
    try {
      const clock = { offsetMs: Date.now() - monotonicMs(), errorMs: 5, roundTripMs: 0 };
      const signal = AbortSignal.timeout(20_000);
      const judged = await judgeEvent({ event, answers, clock, redis, db, signal });
      expect(judged).toMatchObject({ verdict: 'held', answers: 40, issued: 10, persisted: 10 });
      const [one, ...others] = answers.filter(({ outcome }) => outcome.status === 'issued' && !outcome.replayed);
      if (one === undefined) throw new Error('nobody won');
      const lie = { ...one, userId: 'somebody-else' };
      const broken = await judgeEvent({ event, answers: [...others, one, lie], clock, redis, db, signal });
      expect(broken.verdict).toBe('broken');
    } finally {
      redis.disconnect();
      await db.$disconnect();
    }
    removeAnswers(env.LOAD_ANSWERS, event.id);
    expect(readAnswers(env.LOAD_ANSWERS, event.id)).toEqual([]);
  });

  it('distinguish calls that got the answer busy, calls that failed, and calls that got no answer', async () => {
    const error = (code: string, reason?: string) => JSON.stringify({ error: { data: { code, reason } } });
    const replies = [
      { status: 429, body: error('TOO_MANY_REQUESTS', 'busy') },
      { status: 503, body: error('SERVICE_UNAVAILABLE', 'overloaded') },
      { status: 500, body: 'oh' },
      { status: 200, body: 'no JSON' },
      null,
    ];
    let asked = 0;
    const server = createServer((request, response) => {
      const reply = replies[asked++];
      if (reply === null || reply === undefined) request.socket.destroy();
      else response.writeHead(reply.status).end(reply.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const env = envOf();
      const hooks = await loadHooks(env);
      const kinds: string[] = [];
      for (let i = 0; i < replies.length; i += 1) {
        const { counts } = await visit(hooks, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        kinds.push(...Object.keys(counts));
      }
      const { counts } = await visit(hooks, `http://127.0.0.1:${await findFreePort('127.0.0.1')}`);
      expect(counts).toEqual({ 'claims.failed': 1 });
      expect(kinds).toEqual(['claims.busy', 'claims.unavailable', 'claims.failed', 'claims.failed', 'claims.failed']);
      await written(env, 'ev_1', 6);
      const outcomes = readAnswers(env.LOAD_ANSWERS, 'ev_1').map(({ outcome }) => outcome);
      expect(outcomes).toEqual([
        { status: 'busy' },
        { status: 'unknown', reason: 'HTTP 503 overloaded' },
        { status: 'unknown', reason: 'HTTP 500' },
        { status: 'rejected', reason: '200 with no JSON' },
        { status: 'unknown', reason: 'UND_ERR_SOCKET' },
        { status: 'unknown', reason: 'ECONNREFUSED' },
      ]);
    } finally {
      server.close();
    }
  });

  it('lose no answer if Artillery exits at once', async () => {
    const env = envOf();
    const code = `
      const { arrive, ask, hear } = await import(${JSON.stringify(join(root, 'load', 'claim.js'))});
      const metrics = { emit() {} };
      for (let i = 0; i < 50; i += 1) {
        const user = { vars: {} };
        arrive(user, metrics, () => {});
        ask({}, user, metrics, () => {});
        hear({}, { statusCode: 200, body: '{"result":{"data":{"status":"sold_out"}}}' }, user, metrics, () => {});
      }
      process.exit(0);`;
    await using child = await startCommand(process.execPath, ['--input-type=module', '--eval', code], env);
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(readAnswers(env.LOAD_ANSWERS, 'ev_1').map(({ outcome }) => outcome.status)).toEqual(
      Array.from({ length: 50 }, () => 'sold_out'),
    );
  });
});

describe('the package of load/', () => {
  const read = (name: string) => readFileSync(join(root, 'load', name), 'utf8');

  it('has a complete lock file that names no registry', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const text = read('package-lock.json');
    const { packages } = JSON.parse(text) as { packages: Record<string, { version: string; integrity?: string }> };
    expect(packages['node_modules/artillery']?.version).toBe(dependencies['artillery']);
    const unsafe = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && integrity === undefined);
    expect(unsafe).toEqual([]);
    expect(text).not.toContain('"resolved"');
  });

  it.each(['ramp-up.yml', 'stress.yml', 'endurance.yml'])(
    'contains a scenario %s with named phases of open arrivals',
    (name) => {
      const { config } = parse(read(name)) as { config: { phases: Record<string, unknown>[] } };
      for (const phase of config.phases) {
        expect(phase).toMatchObject({ name: expect.any(String) as string, arrivalRate: expect.any(String) as string });
        expect(phase).not.toHaveProperty('maxVusers');
      }
    },
  );
});
