import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installBench } from '../bench/install.ts';
import { startBenchSystem, type BenchSystem } from '../bench/system/bench-system.ts';
import { createTokenMint } from '../core/access/mint-token.ts';
import { npmCommand, runCommand } from './command/npm-command.ts';
import { dashboards } from './dashboards/dashboards.ts';
import {
  openPrometheusApi,
  prometheusArguments,
  type PrometheusApi,
  quickSettings,
} from './dashboards/prometheus-api.ts';
import { findTool, prometheus as debianPrometheus } from './debian/find-tool.ts';
import { panelPlot } from './panel-pictures/panel-plot.ts';
import { findFreePort } from './services/free-port.ts';
import { startOwnedProcess } from './services/owned-process.ts';
import { waitUntil } from './waiting/wait-until.ts';

/**
 * Draws the picture of the dashboards in docs/observability.md: a real sale on a system that exists only for this, scraped by
 * a real Prometheus, from which each panel's own queries are run.
 */
const root = dirname(import.meta.dirname);
const users = 3_000;
const stock = 2_000;
/** The crowd arrives within this time, most of it at the beginning. */
const crowdSeconds = 20;
const afterSeconds = 8;
/** How many people call at the same time at most. */
const linesMax = 64;

/** The panels in the picture, by dashboard, from left to right and from top to bottom. */
const shown: [dashboard: string, title: string][] = [
  ['one-sale', 'Coupons won and left'],
  ['one-sale', 'Answers to claims of all events'],
  ['overview', 'How long a claim takes'],
  ['stores', 'Claims in one call to Redis'],
  ['one-sale', 'Claims that wait for MySQL'],
  ['worker', 'How long a claim takes to reach MySQL'],
];

const command = npmCommand<{ out: string }>('npm run panel-pictures --', (described) =>
  described
    .description('Draws panels of the dashboards from a real sale. Starts a system and a Prometheus of its own.')
    .option('--out <file>', 'file to write', join(root, 'docs/pictures/dashboards.svg')),
);

async function main({ out }: { out: string }): Promise<void> {
  await installBench(console.log);
  const dir = mkdtempSync(join(tmpdir(), 'firstcome-panels-'));
  await using system = await startBenchSystem({ root, dir: join(dir, 'system'), say: console.log, forTests: true });
  await using prometheus = await startPrometheus(join(dir, 'prometheus'), {
    'firstcome-api': [system.api.url],
    'firstcome-worker': [`http://127.0.0.1:${await workerPort(system)}`],
  });
  const opensAtSeconds = Math.ceil(Date.now() / 1_000) + 8;
  const { id: eventId } = await system.createEvent({ name: 'Autumn sale', stock, opensAtMs: opensAtSeconds * 1_000 });
  await claimAll(system, eventId, opensAtSeconds);
  await sleep(afterSeconds * 1_000);
  const sale = { eventId, opensAtSeconds, endsAtSeconds: Math.floor(Date.now() / 1_000) };
  const plots = [];
  for (const [name, title] of shown) {
    const dashboard = dashboards[name];
    if (dashboard === undefined) throw new Error(`There is no dashboard ${name}.`);
    plots.push(await panelPlot(prometheus, { dashboard, title }, sale));
  }
  const { drawSvg } = await import('../bench/plots/draw-svg.js');
  const spec = { concat: plots, columns: 2, resolve: { scale: { color: 'independent' } } };
  writeFileSync(out, await drawSvg(spec));
  console.log(`${out}: ${plots.length} panels of a sale of ${stock} coupons to ${users} people`);
  rmSync(dir, { recursive: true, force: true });
}

/**
 * Lets every user claim once. The crowd is densest at the opening, and becomes thinner. If the machine is too slow for that,
 * the users wait in a line.
 */
async function claimAll(system: BenchSystem, eventId: string, opensAtSeconds: number): Promise<void> {
  const mint = createTokenMint(system.authSecret);
  let next = 0;
  const line = async (): Promise<void> => {
    for (let user = next++; user < users; user = next++) {
      const dueAtMs = (opensAtSeconds + crowdSeconds * (user / users) ** 2) * 1_000;
      await sleep(Math.max(0, dueAtMs - Date.now()));
      const authorization = `Bearer ${mint({ sub: `user-${user}` }, 60_000, Date.now())}`;
      while (!(await isDecided(`${system.api.url}/api/v1/events/${eventId}/claims`, authorization))) await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: linesMax }, line));
}

/** Claims once. Someone whose call was lost, or was answered "busy", has to call again. */
async function isDecided(url: string, authorization: string): Promise<boolean> {
  const status = await fetch(url, { method: 'POST', headers: { authorization } }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 503,
  );
  if (![200, 201, 409, 410, 429, 503].includes(status)) throw new Error(`A claim got the status ${status}.`);
  return ![409, 429, 503].includes(status);
}

async function workerPort({ dir }: BenchSystem): Promise<string> {
  const read = (): string | null => {
    const log = readFileSync(join(dir, 'logs', 'worker.log'), 'utf8');
    return /"event":"worker_ready".*"port":(\d+)/.exec(log)?.[1] ?? null;
  };
  return waitUntil(() => Promise.resolve(read()), { limitMs: 30_000 });
}

async function startPrometheus(dir: string, jobs: Record<string, string[]>): Promise<PrometheusApi & AsyncDisposable> {
  const found = await findTool(debianPrometheus);
  if ('missing' in found) throw new Error(found.missing);
  mkdirSync(dir);
  const port = await findFreePort('127.0.0.1');
  const settings = join(dir, 'prometheus.yaml');
  writeFileSync(settings, quickSettings(jobs));
  const server = await startOwnedProcess({
    ...{ name: 'prometheus', file: found.path, cwd: dir, env: { PATH: process.env['PATH'] }, dieWithUs: true },
    args: prometheusArguments({ settings, data: join(dir, 'data'), port }),
    ...{ stdio: ['ignore', 'ignore', 'inherit'], pidDir: join(dir, 'pids') },
  });
  const api = openPrometheusApi(`http://127.0.0.1:${port}`);
  const isReady = () =>
    fetch(`${api.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isReady, { limitMs: 30_000 });
  return { ...api, [Symbol.asyncDispose]: async () => void (await server.stop(5_000)) };
}

await runCommand(command, main);
