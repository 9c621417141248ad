import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, vi } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { allGone, launch, listenOn, newDataDir, processesOn, readRunFile } from './launch.ts';

// Most of these tests start two systems, one after the other. That takes 3 s on an idle machine, and ten times as long
// on a busy one.
vi.setConfig({ testTimeout: 90_000 });

const get = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(8_000) })).text();
const orderOfStop = ['api: told to stop', 'api: stopped', 'worker: stopped, servers there', ''].join('\n');

describe('the shutdown of npm start', () => {
  it('after a SIGTERM to npm, finishes the calls that the API has accepted, then stops everything in order and keeps the data', async () => {
    await using first = await launch({ with: 'npm' });
    const run = await first.ready();
    expect(await get(`${run.url}/count`)).toBe('1');
    const slow = get(`${run.url}/slow`);
    await waitFor(() => first.journal().includes('accepted'), { what: 'the request' });

    first.process.signal('SIGTERM');
    expect(await slow).toBe('finished');
    expect(await first.process.ended).toMatchObject({ code: 0 });
    expect(first.journal()).toBe(`api: accepted\n${orderOfStop}`);
    expect(existsSync(first.runFile)).toBe(false);
    await allGone(Object.values(run.pids));

    await using second = await launch({ dataDir: first.dataDir });
    const again = await second.ready();
    expect(await get(`${again.url}/count`)).toBe('2');
    expect(again).toMatchObject({ redisUrl: run.redisUrl, databaseUrl: run.databaseUrl });
  });

  it('after a SIGINT to the whole process group, as with Ctrl-C, signals the API only once, and only when it is the API’s turn', async () => {
    await using launched = await launch({ with: 'npm' });
    const { pids } = await launched.ready();
    process.kill(-launched.process.pid, 'SIGINT');
    expect(await launched.process.ended).toMatchObject({ code: 0 });
    expect(launched.journal()).toBe(orderOfStop);
    await allGone(Object.values(pids));
  });

  it('is quick after a second Ctrl-C, even if the API does not stop', async () => {
    await using launched = await launch({ api: 'stubborn-api' });
    const { pids } = await launched.ready();
    launched.process.signal('SIGINT');
    await launched.process.outputMatching(/Stopping/);
    await waitFor(() => launched.process.signal('SIGINT') ?? !launched.process.isRunning(), {
      what: 'the launcher to exit',
    });
    // A launcher that is exiting no longer has a signal handler, so a late signal may end it first.
    const { code, signal } = await launched.process.ended;
    expect(signal ?? code).toBeOneOf([0, 'SIGINT']);
    await allGone(Object.values(pids));
  });

  it('is possible while the system is still starting', async () => {
    await using launched = await launch({ with: 'npm' });
    await launched.process.outputMatching(/Starting Redis/);
    launched.process.signal('SIGTERM');
    await launched.process.ended;
    expect(launched.process.output()).not.toContain('ready');
    expect(processesOn(launched.dataDir)).toEqual([]);
  });
});

describe("the API's port for operators", () => {
  it('is passed to the API, must answer before the start is complete, and is published to other commands', async () => {
    await using launched = await launch({ env: { OPS_PORT: '0' } });
    const { url, opsUrl } = await launched.ready();
    expect(opsUrl).not.toBe(url);
    expect(await get(`${opsUrl}/somewhere`)).toBe('ops: /somewhere');
    expect(await get(`${url}/somewhere`)).toBe('/somewhere');
    expect(launched.process.output()).toContain(`Console      ${opsUrl}/admin`);
    launched.process.signal('SIGTERM');
    expect(await launched.process.ended).toMatchObject({ code: 0 });
  });

  it('makes the start fail if it is taken, with an error that names the setting', async () => {
    await using other = await listenOn(0);
    await using launched = await launch({ env: { OPS_PORT: String(other.port) } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain(`OPS_PORT=${other.port} is taken on 127.0.0.1.`);
  });
});

describe("the worker's port", () => {
  it('is passed to the worker, and published to other commands', async () => {
    await using launched = await launch();
    const { url, workerUrl, pids } = await launched.ready();
    expect(workerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(workerUrl).not.toBe(url);
    const environment = readFileSync(`/proc/${pids['worker']}/environ`, 'utf8').split('\0');
    expect(environment).toContain(`WORKER_PORT=${new URL(workerUrl).port}`);
  });

  it('makes the start fail if it is taken, with an error that names the setting', async () => {
    await using other = await listenOn(0);
    await using launched = await launch({ env: { WORKER_PORT: String(other.port) } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain(`WORKER_PORT=${other.port} is taken on 127.0.0.1.`);
  });
});

describe('a system whose launcher was killed', () => {
  it('is stopped by the next start, which then uses the same data', async () => {
    await using first = await launch();
    const run = await first.ready();
    expect(await get(`${run.url}/count`)).toBe('1');
    const { supervisor = 0, ...others } = run.pids;
    process.kill(supervisor, 'SIGKILL');
    await first.process.ended;
    expect(Object.values(others).filter(isAlive)).toHaveLength(4);

    await using second = await launch({ dataDir: first.dataDir });
    const again = await second.ready();
    expect(Object.values(others).filter(isAlive)).toEqual([]);
    expect(await get(`${again.url}/count`)).toBe('2');
    expect(second.process.output()).toMatch(/Ended the redis that an earlier start had left/);
  });

  it('stops by itself, in order, if npm was killed together with the launcher, and a new start waits until it has stopped', async () => {
    await using first = await launch({ with: 'npm' });
    const run = await first.ready();
    await first.process.kill9();

    await using second = await launch({ dataDir: first.dataDir });
    await second.ready();
    expect(Object.values(run.pids).filter(isAlive)).toEqual([]);
    expect(first.journal()).toBe(orderOfStop);
  });

  it('does not make the next start kill a different process that now has one of its pids', async () => {
    await using bystander = await launch();
    const { pids } = await bystander.ready();
    const { api = 0 } = pids;
    const dataDir = newDataDir();
    mkdirSync(join(dataDir, 'pids'));
    writeFileSync(join(dataDir, 'pids', 'api.json'), JSON.stringify({ pid: api, identity: 'an earlier process' }));
    await using launched = await launch({ dataDir });
    await launched.ready();
    expect(isAlive(api)).toBe(true);
  });
});

describe('npm start, as a supervisor,', () => {
  it('restarts each process that is killed: Redis and MariaDB with their data, the API, and the worker', async () => {
    await using launched = await launch();
    const run = await launched.ready();
    const names = ['redis', 'mariadb', 'api', 'worker'];
    const pidOf = (name: string) => readRunFile(launched.runFile).pids[name];
    expect(await get(`${run.url}/count`)).toBe('1');
    for (const name of names) process.kill(run.pids[name] ?? 0, 'SIGKILL');
    const successors = await waitFor(
      () => {
        const now = names.map(pidOf);
        return now.every((pid, i) => pid !== undefined && pid !== run.pids[names[i] ?? '']) ? now : null;
      },
      { what: 'new processes in place of the killed ones' },
    );
    expect(successors.every((pid) => pid !== undefined && isAlive(pid))).toBe(true);
    expect(await waitFor(() => get(`${run.url}/count`), { what: 'the API' })).toBe('2');
    for (const name of names) expect(launched.process.output()).toContain(`${name} has ended (SIGKILL); restarting it`);
  });
});

describe('npm start', () => {
  it('tells other commands where the system runs, but only commands of the same user', async () => {
    await using launched = await launch();
    const run = await launched.ready();
    expect(statSync(launched.runFile).mode & 0o777).toBe(0o600);
    expect(statSync(run.authSecretFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(run.authSecretFile, 'utf8').length).toBeGreaterThanOrEqual(32);
    expect(Object.keys(run.pids).sort()).toEqual(['api', 'mariadb', 'redis', 'supervisor', 'worker']);
    expect(await get(`${run.url}/readyz`)).toBe('ready');
    const token = /Admin token +(\S+)/.exec(launched.process.output())?.[1]?.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    expect(claims).toMatchObject({ sub: 'admin', role: 'admin' });
  });

  it('refuses to run while another start uses the same data', async () => {
    await using first = await launch();
    const run = await first.ready();
    await using second = await launch({ dataDir: first.dataDir });
    expect(await second.process.ended).toMatchObject({ code: 1 });
    expect(second.process.output()).toContain(`already running on ${first.dataDir}`);
    expect(second.process.output()).toContain(run.url);
    expect(readRunFile(first.runFile)).toEqual(run);
    expect(await get(`${run.url}/readyz`)).toBe('ready');
  });

  it('runs at the same time as another start with different data, even in a deep folder with odd names', async () => {
    const deep = join(newDataDir(), "it's a data dir", 'x'.repeat(120));
    const all = await Promise.all([launch(), launch({ dataDir: deep })]);
    await using stack = new AsyncDisposableStack();
    for (const launched of all) stack.use(launched);
    const runs = await Promise.all(all.map((launched) => launched.ready()));
    expect(await Promise.all(runs.map((run) => get(`${run.url}/count`)))).toEqual(['1', '1']);
    const ports = runs.flatMap((run) => [run.url, run.redisUrl, run.databaseUrl].map((url) => new URL(url).port));
    expect(new Set(ports).size).toBe(6);
  });

  it('refuses to run if PORT is taken', async () => {
    await using other = await listenOn(0);
    await using launched = await launch({ env: { PORT: String(other.port) } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain(`PORT=${other.port} is taken`);
  });

  it('takes the next free port, and says so, if no port was requested and 3000 is taken', async () => {
    // A loopback address that only this test uses, because other tests take and free ports on the usual address.
    const host = `127.77.${process.pid % 250}.1`;
    await using _other = await listenOn(3_000, host);
    await using launched = await launch({ env: { PORT: '', HOST: host } });
    const { url } = await launched.ready();
    const { port } = new URL(url);
    expect(Number(port)).toBeGreaterThan(3_000);
    expect(launched.process.output()).toContain(`Port 3000 is taken; using ${port}`);
  });

  it('uses the given servers, and starts none', async () => {
    const redisUrl = `${inject('redisUrl')}/0`;
    await using launched = await launch({ env: { REDIS_URL: redisUrl, DATABASE_URL: inject('databaseAdminUrl') } });
    const run = await launched.ready();
    expect(Object.keys(run.pids).sort()).toEqual(['api', 'supervisor', 'worker']);
    expect(run.redisUrl).toBe(redisUrl);
  });

  it('refuses to run in production without a secret, before it creates any file', async () => {
    const dataDir = join(newDataDir(), 'none');
    await using launched = await launch({ env: { NODE_ENV: 'production', FIRSTCOME_DATA_DIR: dataDir } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain('AUTH_SECRET must be set');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('requires a secret in production even with an identity provider, and says how to run without one', async () => {
    const provider = {
      AUTH_JWKS_URL: 'https://id.example/certs',
      AUTH_ISSUER: 'https://id.example',
      AUTH_AUDIENCE: 'firstcome',
    };
    await using launched = await launch({ env: { NODE_ENV: 'production', ...provider } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain('AUTH_SECRET must be set');
    expect(launched.process.output()).toContain('AUTH_JWKS_URL alone is enough for an API that you start yourself');
  });

  it('names every error in the environment at once', async () => {
    await using launched = await launch({ env: { PORT: '70000', AUTH_SECRET: 'short' } });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toMatch(/ PORT: [^]* AUTH_SECRET: must have at least 32 bytes/);
  });

  it('says why it failed, and leaves nothing running', async () => {
    await using launched = await launch({ api: 'broken-api' });
    expect(await launched.process.ended).toMatchObject({ code: 1 });
    expect(launched.process.output()).toContain('the stand-in is broken');
    expect(launched.process.output()).not.toContain('restarting it');
    expect(processesOn(launched.dataDir)).toEqual([]);
  });
});
