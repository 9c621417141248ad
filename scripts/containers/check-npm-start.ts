import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { containerName, dataDirLabel } from '../services/container-server.ts';
import type { Docker } from '../services/docker.ts';
import type { StoreImages } from '../services/store-settings.ts';
import { findRunningSystem, type RunFile } from '../start/run-file.ts';
import { waitUntil } from '../waiting/wait-until.ts';
import type { Report } from './report.ts';
import { startSale, type SaleOptions } from './sale.ts';

/** A running `npm start -- --services docker`, which uses a separate data folder. */
type Started = { run: RunFile; stop: () => Promise<number | null> };

export type NpmStartCheck = {
  docker: Docker;
  report: Report;
  workDir: string;
  images: StoreImages;
  sale: SaleOptions;
};

/**
 * Runs `npm start` with both stores in containers. Kills Redis while an event is being sold, stops the system, and
 * starts it again. After the second start, the data must still be there.
 */
export async function checkNpmStart({ docker, report, workDir, images, sale }: NpmStartCheck): Promise<void> {
  const dataDir = join(workDir, 'npm-start');
  mkdirSync(dataDir, { recursive: true });
  const ours = ['--filter', `label=${dataDirLabel}=${dataDir}`];
  const names = async () =>
    (await docker.run(['ps', '--all', '--format', '{{.Names}}', ...ours])).split('\n').filter(Boolean);
  const working = docker.until(sale.signal);
  const started: Started[] = [];
  const startHere = async (): Promise<Started> => {
    const system = await start(docker, dataDir, images, sale);
    started.push(system);
    return system;
  };
  try {
    const first = await startHere();
    const running = await names();
    report.judge(
      'npm start -- --services docker runs both stores in containers',
      running.length === 2,
      running.join(', '),
    );
    const redis = running.find((name) => name.endsWith('-redis')) ?? containerName('?', 'redis');
    await judgeSettings(working, report, redis, first.run);
    const { opensAtMs, result } = await startSale({ systemEnv: {} }, { ...sale, dataDir });
    await waitUntil(() => Date.now() > opensAtMs + 250, { signal: sale.signal });
    await working.run(['kill', redis]);
    const { verdict, eventId, persisted, stock } = await result;
    report.judge(
      'all promises hold if the Redis that npm start runs is killed during a sale',
      verdict === 'held',
      `${persisted} of ${stock} coupons`,
    );
    const code = await first.stop();
    report.judge('npm start stops its containers', code === 0 && (await names()).length === 0, `exit ${code}`);
    const second = await startHere();
    const input = encodeURIComponent(JSON.stringify({ eventId }));
    const found = await fetch(`${second.run.url}/trpc/event.get?input=${input}`);
    await second.stop();
    report.judge('the next npm start finds the data in its volumes', found.ok, `HTTP ${found.status}`);
  } finally {
    for (const system of started) await system.stop();
    for (const name of await names()) await docker.attempt(['rm', '--force', name]);
    const volumes = await docker.run(['volume', 'ls', '--quiet', ...ours]);
    for (const name of volumes.split('\n').filter(Boolean)) await docker.attempt(['volume', 'rm', '--force', name]);
  }
}

async function judgeSettings(docker: Docker, report: Report, container: string, run: RunFile): Promise<void> {
  const password = new URL(run.redisUrl).password;
  const asked = ['redis-cli', 'CONFIG', 'GET', 'append*'];
  // The value is in the environment, because every user of the machine can read a process's arguments.
  const answer = await docker.run(['exec', '--env', 'REDISCLI_AUTH', container, ...asked], {
    env: { REDISCLI_AUTH: password },
  });
  const ready = (await (await fetch(`${run.opsUrl}/readyz`)).text()).includes('always');
  report.judge('the Redis that npm start runs fsyncs every write', /appendfsync\nalways/.test(answer) && ready);
}

async function start(
  docker: Docker,
  dataDir: string,
  images: StoreImages,
  { root, signal }: SaleOptions,
): Promise<Started> {
  signal.throwIfAborted();
  const own = ['--redis-image', images.redis, '--mysql-image', images.mysql];
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), '--services', 'docker', ...own], {
    cwd: root,
    env: {
      ...docker.env,
      FIRSTCOME_DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL: '',
      DATABASE_URL: '',
      NODE_ENV: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    const run = await waitUntil(
      () => {
        if (child.exitCode !== null)
          throw new Error(`npm start ended (exit ${child.exitCode}):\n${output.slice(-3_000)}`);
        return output.includes('Firstcome is ready') ? findRunningSystem(dataDir) : null;
      },
      { limitMs: 240_000, everyMs: 100, signal, late: () => `npm start is not ready:\n${output.slice(-3_000)}` },
    );
    return { run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
