import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { isAlive, root, startCommand, startProcess, type TestProcess } from '../support/processes.ts';
import { createEvent, startApi } from '../support/system.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startRedis } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { exchange, parseReply, sendRaw } from './raw-http.ts';
import { adminToken, secret, userToken } from './tokens.ts';

/** Tests `api/main.ts` as a process. Most of these tests need no store, and must pass without any. */

const running: TestProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process[Symbol.asyncDispose]()));
});

/** Starts an API that can reach no store. */
async function startAlone(
  env: Record<string, string> = {},
): Promise<{ process: TestProcess; port: number; url: string }> {
  const port = await findFreePort('127.0.0.1');
  const nobody = await findFreePort('127.0.0.1');
  const process = await startProcess({
    script: 'api/main.ts',
    env: {
      PORT: String(port),
      REDIS_URL: `redis://127.0.0.1:${nobody}`,
      DATABASE_URL: `mysql://nobody:nothing@127.0.0.1:${nobody}/none`,
      AUTH_SECRET: secret,
      ...env,
    },
  });
  running.push(process);
  return { process, port, url: `http://127.0.0.1:${env['PORT'] ?? port}` };
}

const untilListening = (process: TestProcess, processes = 1): Promise<number[]> =>
  waitFor(
    () => {
      const pids = pidsOf(process);
      if (pids.length >= processes) return pids;
      if (!process.isRunning()) throw new Error(process.output());
      return null;
    },
    { what: `${processes} listening processes`, limitMs: 20_000 },
  );

const pidsOf = (process: TestProcess): number[] =>
  [...process.output().matchAll(/"pid":(\d+),"event":"api_ready"/g)].map(([, pid]) => Number(pid));

const total = (text: string, name: string): number =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );

const claim = (port: number) =>
  sendRaw(port, {
    method: 'POST',
    target: '/trpc/claim.submit',
    headers: [
      ['Host', 'localhost'],
      ['Content-Type', 'application/json'],
      ['Authorization', `Bearer ${userToken('kim')}`],
      ['Content-Length', '18'],
    ],
    body: Buffer.from('{"eventId":"open"}'),
  });

describe('an API process without any store', () => {
  it('listens, reports that it is alive but not ready, answers 503, and shuts down cleanly', async () => {
    const { process, port, url } = await startAlone();
    await untilListening(process);
    expect((await fetch(`${url}/livez`)).status).toBe(200);

    const readyz = await fetch(`${url}/readyz`);
    expect(readyz.status).toBe(503);
    const readiness = (await readyz.json()) as { ready: boolean; checks: { name: string; ok: boolean }[] };
    expect(readiness.ready).toBe(false);
    expect(readiness.checks).toContainEqual(expect.objectContaining({ name: 'redis', ok: false, required: true }));

    const reply = await claim(port);
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': ['1'] } });
    expect(reply !== 'closed without an answer' && JSON.parse(reply.body)).toMatchObject({
      error: { data: { code: 'SERVICE_UNAVAILABLE', reason: 'unavailable', path: 'claim.submit' } },
    });

    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.status).toBe(200);
    expect(total(await metrics.text(), 'firstcome_claims_total')).toBe(1);

    process.signal('SIGTERM');
    expect(await process.ended).toMatchObject({ code: 0 });
    expect(process.output()).not.toContain(userToken('kim').slice(0, 30));
  });

  it('treats several signals that arrive together as one', async () => {
    const { process } = await startAlone();
    await untilListening(process);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) process.signal(signal);
    // A process that is exiting no longer has a signal handler, so a late signal may end it first.
    const { code, signal } = await process.ended;
    expect(signal ?? code).toBeOneOf([0, 'SIGINT', 'SIGTERM']);
    expect(process.output().match(/"event":"api_stopping"/g)).toHaveLength(1);
  });
});

it.each([
  ['REQUIRED', true],
  ['VERIFY_IDENTITY', false],
])('an API process warns with ssl-mode=%s that no certificate is checked: %s', async (mode, warns) => {
  const DATABASE_URL = `mysql://nobody:hunter2@127.0.0.1:${await findFreePort('127.0.0.1')}/none?ssl-mode=${mode}`;
  const { process } = await startAlone({ DATABASE_URL });
  await untilListening(process);
  expect(process.output().includes('mysql_certificate_unchecked')).toBe(warns);
  expect(process.output()).not.toContain('hunter2');
});

it.each([
  [{ NODE_ENV: 'production', FIRSTCOME_DEMO: '1' }, 'FIRSTCOME_DEMO: 1 is refused in production'],
  [{ NODE_ENV: 'production', WEB_IDENTITY_SCRIPT: 'http://shop.example/a.js' }, 'WEB_IDENTITY_SCRIPT: must begin with'],
  [{ ROLE_TOKEN_MAX_SECONDS: '1d' }, 'ROLE_TOKEN_MAX_SECONDS: must be a whole number'],
  [{ AUTH_SECRET_ISSUER: 'a b' }, 'AUTH_SECRET_ISSUER: must be 1 to 200'],
])('an API process refuses to start with %j, and says why', async (env, reason) => {
  const { process } = await startAlone(env);
  expect(await process.ended).toMatchObject({ code: 1 });
  expect(process.output()).toContain(reason);
});

it.each([
  ['256', '200', /MAX_CONNECTIONS: must be at most 148: the process may open 256 files \(ulimit -n\)/],
  ['110', '', /The descriptor limit is too low: the process may open 110 files/],
])(
  'an API process with %s descriptors and MAX_CONNECTIONS=%s refuses to start, and says why',
  async (descriptors, max, reason) => {
    const started = await startCommand(
      'sh',
      ['-c', `ulimit -n ${descriptors}; exec "$0" "$1"`, process.execPath, join(root, 'api/main.ts')],
      {
        REDIS_URL: 'redis://127.0.0.1',
        DATABASE_URL: 'mysql://u@127.0.0.1/db',
        AUTH_SECRET: secret,
        MAX_CONNECTIONS: max,
      },
    );
    running.push(started);
    expect(await started.ended).toMatchObject({ code: 1 });
    expect(started.output()).toMatch(reason);
  },
);

describe('an API process with a port for operators', () => {
  const token = adminToken('viewer');
  const asked = async (url: string) => {
    const headers = { authorization: `Bearer ${token}`, connection: 'close' };
    const status = async (path: string) => (await fetch(`${url}${path}`, { headers })).status;
    return {
      whoami: await status('/trpc/admin.whoami'),
      metrics: await status('/metrics'),
      livez: await status('/livez'),
      readiness: Object.keys((await (await fetch(`${url}/readyz`, { headers })).json()) as object),
    };
  };

  it.each(['1', '2'])(
    'serves everything on that port, and only public procedures on the other port (%s processes)',
    async (n) => {
      const opsPort = await findFreePort('127.0.0.1');
      const { process, port, url } = await startAlone({ WEB_CONCURRENCY: n, OPS_PORT: String(opsPort) });
      await untilListening(process, Number(n));
      const opsUrl = `http://127.0.0.1:${opsPort}`;
      expect(await asked(url)).toEqual({ whoami: 404, metrics: 404, livez: 200, readiness: ['ready'] });
      expect(await asked(opsUrl)).toEqual({ whoami: 200, metrics: 200, livez: 200, readiness: ['ready', 'checks'] });
      // The total must include the claims of both processes.
      expect(await claim(port)).toMatchObject({ status: 503 });
      expect(await claim(opsPort)).toMatchObject({ status: 503 });
      const text = await (await fetch(`${opsUrl}/metrics`)).text();
      expect(total(text, 'firstcome_claims_total')).toBe(2);
      process.signal('SIGTERM');
      expect(await process.ended).toMatchObject({ code: 0 });
      await expect(fetch(`${opsUrl}/livez`)).rejects.toThrow();
    },
  );

  it.each(['1', '2'])('refuses to start if that port is taken, and names the setting (%s processes)', async (n) => {
    const first = await startAlone();
    await untilListening(first.process);
    const second = await startAlone({ WEB_CONCURRENCY: n, OPS_PORT: String(first.port) });
    expect(await second.process.ended).toMatchObject({ code: 1 });
    expect(second.process.output()).toContain(`port ${first.port} is taken: set OPS_PORT to another port`);
  });

  it('refuses to start if that port is on another machine’s address, and names the setting', async () => {
    const { process } = await startAlone({ OPS_PORT: '0', OPS_HOST: '192.0.2.1' });
    expect(await process.ended).toMatchObject({ code: 1 });
    expect(process.output()).toContain('this machine has no address 192.0.2.1: set OPS_HOST to one that it has');
  });
});

describe('an API with several processes', () => {
  it(
    'shares the port, adds up the metrics of its processes, replaces a dead process, and stops all of them together',
    { timeout: 60_000 },
    async () => {
      const { process, port, url } = await startAlone({ WEB_CONCURRENCY: '2' });
      const pids = await untilListening(process, 2);
      const asked = 60;
      await Promise.all(Array.from({ length: asked }, () => claim(port)));
      // The first answer may lack the metrics of a process that was too busy to answer at once.
      const text = await waitFor(
        async () => {
          const seen = await (await fetch(`${url}/metrics`)).text();
          return total(seen, 'firstcome_api_processes') === 2 ? seen : null;
        },
        { what: 'metrics of both processes', limitMs: 20_000 },
      );
      expect(total(text, 'firstcome_claims_total')).toBe(asked);
      expect(total(text, 'firstcome_claim_duration_seconds_count')).toBe(asked);

      const [victim = 0] = pids;
      globalThis.process.kill(victim, 'SIGKILL');
      const [, , replacement = 0] = await untilListening(process, 3);
      expect(isAlive(victim)).toBe(false);
      expect(process.output()).toContain('"event":"api_process_died"');
      await waitFor(async () => total(await (await fetch(`${url}/metrics`)).text(), 'firstcome_api_processes') === 2, {
        what: 'metrics of two processes',
      });

      // Sends the signal to every process of the group, as Ctrl-C and some service managers do.
      for (const pid of [...pids.slice(1), replacement]) globalThis.process.kill(pid, 'SIGINT');
      process.signal('SIGINT');
      process.signal('SIGTERM');
      expect(await process.ended).toMatchObject({ code: 0 });
      expect([...pids, replacement].filter(isAlive)).toEqual([]);
    },
  );

  it('never reports a lower metric than before because one process hangs', async () => {
    const { process, port, url } = await startAlone({ WEB_CONCURRENCY: '2' });
    const [hung = 0] = await untilListening(process, 2);
    await Promise.all(Array.from({ length: 20 }, () => claim(port)));
    const read = async (): Promise<number> => {
      // The kernel may give this connection to the process that hangs, so try again.
      const response = await fetch(`${url}/metrics`, {
        signal: AbortSignal.timeout(4_000),
        headers: { connection: 'close' },
      });
      return total(await response.text(), 'firstcome_claims_total');
    };
    await waitFor(async () => (await read()) === 20, { what: 'both processes to have answered', limitMs: 20_000 });
    globalThis.process.kill(hung, 'SIGSTOP');
    expect(await waitFor(() => read(), { what: 'metrics without the process that hangs', limitMs: 25_000 })).toBe(20);
    globalThis.process.kill(hung, 'SIGCONT');
  });

  it('refuses to start if the port is taken, even by processes that share the port among themselves', async () => {
    const first = await startAlone({ WEB_CONCURRENCY: '2' });
    await untilListening(first.process, 2);
    for (const WEB_CONCURRENCY of ['1', '2']) {
      const second = await startAlone({ WEB_CONCURRENCY, PORT: String(first.port) });
      expect(await second.process.ended).toMatchObject({ code: 1 });
      expect(second.process.output()).toContain(`port ${first.port} is taken`);
    }
  });
});

describe('an API process with a wrong environment', () => {
  it.each(['1', '2'])('refuses to start without AUTH_SECRET (%s processes)', async (WEB_CONCURRENCY) => {
    const { process } = await startAlone({ AUTH_SECRET: '', WEB_CONCURRENCY });
    expect(await process.ended).toMatchObject({ code: 1 });
    expect(process.output()).toContain('AUTH_SECRET is not set');
  });

  it('reports everything that is wrong with the environment, without a stack trace', async () => {
    const { process } = await startAlone({ PORT: 'http', AUTH_SECRET: 'short', WEB_CONCURRENCY: '0' });
    expect(await process.ended).toMatchObject({ code: 1 });
    for (const name of ['PORT', 'AUTH_SECRET', 'WEB_CONCURRENCY']) expect(process.output()).toContain(`  ${name}: `);
    expect(process.output()).not.toMatch(/^\s+at /m);
  });
});

describe('a stopping API process', () => {
  it('answers the claim that waits for Redis, and then exits', async () => {
    await using redis = await startRedis();
    await using database = await createTestDatabase();
    await using api = await startApi({
      redisUrl: redis.url,
      databaseUrl: database.databaseUrl,
      env: { AUTH_SECRET: secret },
    });
    const event = await createEvent({ ...api, client: () => api.client(adminToken('operator')) }, { stock: 5 });
    const body = JSON.stringify({ eventId: event.id });
    const first = await exchange(api.address.port, claimBytes(body, 'close'));
    expect(parseReply(first)).toMatchObject({ status: 200 });

    redis.pause();
    // The client asks the server to keep the connection, so only the server can have closed it.
    const answer = exchange(api.address.port, claimBytes(body, 'keep-alive', 'lee'));
    await sleep(100);
    api.process.signal('SIGTERM');
    await api.process.outputMatching(/"event":"api_stopping"/);
    await sleep(300);
    redis.resume();
    expect(parseReply(await answer)).toMatchObject({ status: 200, headers: { connection: ['close'] } });
    expect(await api.process.ended).toMatchObject({ code: 0 });
  });
});

const claimBytes = (body: string, connection: string, user = 'kim'): Buffer =>
  Buffer.from(
    `POST /trpc/claim.submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: ${connection}\r\n` +
      `Authorization: Bearer ${userToken(user)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
