import { describe, expect, it, vi } from 'vitest';
import { openJobQueueView, type JobName } from '../../core/jobs/job-queue.ts';
import { catalogue } from '../../core/metrics/catalogue.ts';
import { sweptKey } from '../../core/redis/keys.ts';
import { openProducerRedis } from '../../core/redis/open-redis.ts';
import { createWorkerHealth } from '../../worker/worker-health.ts';
import { listenOn } from '../launcher/launch.ts';
import { useLab, users } from '../support/lab.ts';
import { parseMetrics, valueOf } from '../support/metrics-text.ts';
import { startProcess, type TestProcess } from '../support/processes.ts';
import { startWorker } from '../support/system.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/** What a worker process reports to probes and Prometheus while its stores fail and return. */
vi.setConfig({ testTimeout: 90_000 });

const stores = useTestStores();
const lab = useLab({ stores });

type Readyz = { status: number; ready: boolean; checks: Record<string, { ok: boolean; detail: string }> };

async function open(change: Partial<{ redisUrl: string; databaseUrl: string; env: Record<string, string> }> = {}) {
  const process = await startWorker({ ...stores, ...change });
  const [, port = ''] = /"event":"worker_ready".*"port":(\d+)/.exec(process.output()) ?? [];
  const url = `http://127.0.0.1:${port}`;
  const readyz = async (): Promise<Readyz> => {
    const response = await fetch(`${url}/readyz`);
    const { ready, checks } = (await response.json()) as {
      ready: boolean;
      checks: { name: string; ok: boolean; required: boolean; detail: string }[];
    };
    return { status: response.status, ready, checks: Object.fromEntries(checks.map((each) => [each.name, each])) };
  };
  const green = () =>
    waitFor(async () => (await readyz()).status === 200, { what: 'a green /readyz of the worker', limitMs: 30_000 });
  const metrics = async () => parseMetrics(await (await fetch(`${url}/metrics`)).text());
  const value = async (name: string, labels?: Record<string, string>) => valueOf(await metrics(), name, labels);
  return {
    ...{ process, url, readyz, green, metrics, value },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

const claimAll = async (count: number) => {
  const { eventId } = await lab.createEvent({ stock: count });
  await lab.race(eventId, users(count));
};

it('a worker answers /livez, /readyz and /metrics on a free port that its log names, and only to GET and HEAD', async () => {
  await using worker = await open();
  await worker.green();
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`${worker.url}${path}`, { method });
    const body = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body, headers: response.headers };
  };
  expect(await ask('/livez')).toMatchObject({ status: 200, body: '{"alive":true}' });
  const readyz = async () => JSON.parse((await ask('/readyz')).body) as unknown;
  const checks = ['redis', 'mysql', 'jobs', 'sweep'].map((name) => ({ name, ok: true, required: true }));
  await expect.poll(readyz).toMatchObject({ ready: true, checks });
  const metrics = await ask('/metrics?from=prometheus');
  expect(metrics).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(metrics.body).toContain('# TYPE process_cpu_seconds_total counter');
  for (const path of ['/livez', '/readyz', '/metrics']) {
    await expect.poll(() => ask(path, 'HEAD')).toMatchObject({ status: 200, body: '' });
    const refused = await ask(path, 'POST');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  }
  for (const path of ['/', '/metrics/', '//metrics', '/Readyz', '/trpc/event.list', '/admin', '/%6detrics']) {
    expect({ path, status: (await ask(path)).status }).toEqual({ path, status: 404 });
  }
  const { password } = new URL(stores.databaseUrl);
  expect((await ask('/readyz')).body + metrics.body).not.toContain(password);
});

describe('/readyz of a worker', () => {
  it.each(['redis', 'mysql'] as const)(
    'is red while %s hangs or is down, and then green again, while /livez stays green',
    async (name) => {
      const url = new URL(name === 'redis' ? stores.redisUrl : stores.databaseUrl);
      await using proxy = await startTcpProxy(Number(url.port));
      const through = proxy.through(url.href);
      await using worker = await open(name === 'redis' ? { redisUrl: through } : { databaseUrl: through });
      await worker.green();

      proxy.hold();
      const red = await waitFor(
        async () => {
          const seen = await worker.readyz();
          return seen.checks[name]?.ok === false ? seen : null;
        },
        { what: `a ${name} check that is not ok` },
      );
      expect(red).toMatchObject({ status: 503, ready: false });
      expect(red.checks[name]?.detail).toMatch(/./);
      expect((await fetch(`${worker.url}/livez`)).status).toBe(200);
      expect((await fetch(`${worker.url}/metrics`)).status).toBe(200);

      proxy.release();
      proxy.cut();
      await worker.green();
    },
  );

  it('is red as soon as the worker is asked to stop, even while the worker finishes its work', async () => {
    const { port } = new URL(stores.databaseUrl);
    await using proxy = await startTcpProxy(Number(port));
    await using worker = await open({ databaseUrl: proxy.through(stores.databaseUrl) });
    await worker.green();
    proxy.hold();
    // The sweep is waiting for MySQL now, and the shutdown is waiting for the sweep.
    await waitFor(async () => /running here/.test((await worker.readyz()).checks['sweep']?.detail ?? ''), {
      what: 'a sweep that waits',
      limitMs: 30_000,
    });
    worker.process.signal('SIGTERM');
    await waitFor(async () => (await worker.readyz()).checks['process']?.detail === 'is shutting down', {
      what: 'a /readyz that reports the shutdown',
    });
    expect((await fetch(`${worker.url}/livez`)).status).toBe(200);
    proxy.release();
    expect(await worker.process.ended).toMatchObject({ code: 0 });
    await expect(fetch(`${worker.url}/livez`)).rejects.toThrow();
  });

  it('is red if no sweep has finished in the last half minute and none is running, or if the worker takes no jobs', async () => {
    const { redis, clock } = lab.first.stores;
    let underWayMs: number | null = null;
    let state: 'takes jobs' | 'is paused' = 'takes jobs';
    const health = createWorkerHealth(
      lab.first.stores,
      { state: () => state },
      { run: () => Promise.resolve(), underWayForMs: () => underWayMs },
    );
    const says = async (name: string) => {
      const check = (await health.check()).find((each) => each.name === name);
      return check?.ok === true ? 'ok' : check?.detail;
    };
    const sweep = () => says('sweep');
    await redis.system.client.del(sweptKey);
    await expect.poll(sweep).toBe('no sweep has finished yet');
    await redis.system.client.set(sweptKey, clock.nowMs());
    await expect.poll(sweep).toBe('ok');
    await redis.system.client.set(sweptKey, clock.nowMs() - 40_000);
    await expect.poll(sweep).toMatch(/^the last sweep finished 4\d s ago; a sweep is due every 5 s$/);
    underWayMs = 60_000;
    await expect.poll(sweep).toBe('ok');
    underWayMs = 700_000;
    await expect.poll(sweep).toMatch(/^the last sweep finished/);
    await expect.poll(() => says('jobs')).toBe('ok');
    state = 'is paused';
    await expect.poll(() => says('jobs')).toBe('is paused');
  });
});

describe('/metrics of a worker', () => {
  it('counts claims that drains moved to MySQL, sizes and times of their statements, sweeps and jobs', async () => {
    await using worker = await open();
    await claimAll(120);
    const samples = await waitFor(
      async () => {
        const seen = await worker.metrics();
        return (valueOf(seen, catalogue.drainPersisted.name) ?? 0) >= 120 ? seen : null;
      },
      { what: 'the drained claims to be counted' },
    );
    // All these values come from one reported fact, so they agree even if drains overlapped.
    const moved = valueOf(samples, catalogue.drainPersisted.name);
    expect(valueOf(samples, `${catalogue.drainBatchSize.name}_sum`)).toBe(moved);
    expect(valueOf(samples, `${catalogue.drainBatchSize.name}_count`)).toBeGreaterThan(0);
    expect(valueOf(samples, `${catalogue.drainDuration.name}_count`)).toBeGreaterThan(0);
    expect(valueOf(samples, `${catalogue.persistence.name}_count`)).toBe(moved);
    expect(valueOf(samples, catalogue.drainSetAside.name)).toBe(0);
    const ran = (job: JobName, ending: string) => worker.value(catalogue.jobs.name, { name: job, ending });
    await waitFor(async () => ((await ran('drain', 'done')) ?? 0) > 0, { what: 'a drain that has ended' });
    await waitFor(async () => ((await ran('sweep', 'done')) ?? 0) > 0, { what: 'a sweep as a job' });
    expect(await worker.value(catalogue.sweeps.name, { ending: 'done' })).toBeGreaterThan(0);
    expect(await worker.value(`${catalogue.sweepDuration.name}_count`)).toBeGreaterThan(0);
    expect(await worker.value(catalogue.lastSweep.name)).toBeGreaterThan(Date.now() / 1_000 - 3_600);
    await waitFor(async () => (await worker.value(catalogue.queued.name, { state: 'delayed' })) === 1, {
      what: 'the next sweep in the queue',
    });
    await waitFor(async () => (await worker.value(catalogue.outbox.name)) === 0, { what: 'an empty outbox' });
  });

  it('counts a claim that MySQL could not store', async () => {
    await using worker = await open();
    const { eventId } = await lab.createEvent({ stock: 2 });
    const now = new Date(lab.first.clock.nowMs());
    await lab.first.stores.db.claim.create({
      data: { eventId, round: 1, serial: 1, userId: 'intruder', code: 'BY-HAND', claimedAt: now, persistedAt: now },
    });
    await lab.claim(eventId, 'kim');
    await waitFor(async () => (await worker.value(catalogue.drainSetAside.name)) === 1, {
      what: 'the claim to be set aside',
    });
    expect(await worker.value(catalogue.drainPersisted.name)).toBe(0);
  });

  it('shows how many claims wait while MySQL is down, and how long the oldest claim has waited', async () => {
    const { port } = new URL(stores.databaseUrl);
    await using proxy = await startTcpProxy(Number(port));
    await using worker = await open({ databaseUrl: proxy.through(stores.databaseUrl) });
    const { eventId } = await lab.createEvent({ stock: 30 });
    await waitFor(async () => (await worker.value(catalogue.outbox.name)) === 0, {
      what: 'the outbox watch to have found the live rounds',
    });
    await worker.green();
    proxy.hold();
    await lab.race(eventId, users(30));
    const lag = () => worker.value(catalogue.persistenceLag.name);
    await waitFor(async () => ((await lag()) ?? 0) > 1, { what: 'a lag of more than a second' });
    // A single reading has no value if the machine is too busy to read Redis within the view's time.
    await expect.poll(() => worker.value(catalogue.outbox.name)).toBe(30);
    proxy.release();
    proxy.cut();
    await waitFor(async () => ((await worker.value(catalogue.drainPersisted.name)) ?? 0) >= 30, {
      what: 'the claims in MySQL',
      limitMs: 40_000,
    });
    await waitFor(async () => (await lag()) === 0, { what: 'the lag to be zero' });
    const waited = await worker.value(`${catalogue.persistence.name}_sum`);
    expect(waited).toBeGreaterThan(30);
  });

  it('counts a failed job under its name, and counts a job that this version does not know', async () => {
    await using worker = await open();
    const view = openJobQueueView(openProducerRedis(stores.redisUrl));
    await view.answers();
    await view.queue.add('drain', { eventId: 7 });
    await view.queue.add('of-tomorrow', {});
    const failed = (job: string) => worker.value(catalogue.jobs.name, { name: job, ending: 'failed' });
    await waitFor(async () => (await failed('drain')) === 1 && (await failed('unknown')) === 1, {
      what: 'both failures to be counted',
    });
    // Under the old name too, for one release.
    expect(await worker.value(catalogue.jobsBefore.name, { job: 'drain', ending: 'failed' })).toBe(1);
    await waitFor(async () => ((await worker.value(catalogue.queued.name, { state: 'failed' })) ?? 0) >= 2, {
      what: 'both jobs to be among the failed jobs of the queue',
    });
    await view.close();
  });
});

describe('a worker refuses to start', () => {
  const start = (env: Record<string, string>): Promise<TestProcess> =>
    startProcess({
      script: 'worker/main.ts',
      env: { REDIS_URL: stores.redisUrl, DATABASE_URL: stores.databaseUrl, ...env },
    });

  it.each([
    [{ WORKER_PORT: 'nine' }, '  WORKER_PORT: must be a whole number from 0 to 65535\n'],
    [{ WORKER_HOST: 'http://here' }, '  WORKER_HOST: must be an IP address or a host name\n'],
    [{ WORKER_HOST: '192.0.2.1' }, 'this machine has no address 192.0.2.1: set WORKER_HOST to one that it has'],
  ])('with %j, and names the setting and what is wrong with it', async (env, reason) => {
    await using process = await start(env);
    expect(await process.ended).toMatchObject({ code: 1 });
    expect(process.output()).toContain(reason);
    expect(process.output()).not.toMatch(/^ {4}at /m);
  });

  it('if WORKER_PORT is taken, and names the setting', async () => {
    await using other = await listenOn(0);
    await using process = await start({ WORKER_PORT: String(other.port) });
    expect(await process.ended).toMatchObject({ code: 1 });
    expect(process.output()).toContain(`port ${other.port} is taken: set WORKER_PORT to another port`);
  });
});
