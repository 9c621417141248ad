import { setTimeout as sleep } from 'node:timers/promises';
import type { SaleResult } from '../../proof/flash-sale/run-sale.ts';
import { type Deployment, type ServiceName, services } from './deployment.ts';
import type { Docker } from '../services/docker.ts';
import { killAt, restarted } from './kill-container.ts';
import type { Report } from './report.ts';
import { startSale, type SaleOptions } from './sale.ts';

export type SaleBench = { docker: Docker; deployment: Deployment; report: Report; sale: SaleOptions };

/**
 * How long after the opening a container is killed. By then about half of the crowd has clicked, and the rest is still
 * arriving.
 */
const intoTheSaleMs = 250;

export async function plainSale({ deployment, report, sale }: SaleBench): Promise<void> {
  const { result } = await startSale(deployment, sale);
  const outcome = await result;
  judgeSale(report, 'all promises hold in a flash sale from outside the containers', outcome);
  report.figure('accepted/s in a sale', String(Math.round(outcome.figures.acceptedPerSecond)));
}

/** Runs one sale per container, and kills the container in the middle of it. */
export async function salesWithKills(bench: SaleBench, image: string): Promise<void> {
  for (const service of services) await saleWithKill(bench, service, image);
}

async function saleWithKill(bench: SaleBench, service: ServiceName, image: string): Promise<void> {
  const { docker, deployment, report, sale } = bench;
  await deployment.healthy(sale.signal);
  const before = await deployment.facts(service);
  const { opensAtMs, result } = await startSale(deployment, sale);
  await killAt(docker, image, before, opensAtMs + intoTheSaleMs);
  const outcome = await result;
  const after = await restarted(deployment, service, before, sale.signal);
  const diedMs = after.finishedAtMs - opensAtMs;
  const backMs = after.startedAtMs - after.finishedAtMs;
  judgeSale(report, `all promises hold if the container of ${service} is killed in a sale`, outcome);
  const middle = isInTheMiddle(diedMs, outcome);
  report.judge(
    `the container of ${service} was killed in the middle of the sale, and the engine restarted it`,
    middle,
    `${seconds(diedMs)} after the opening, running again ${seconds(backMs)} later`,
  );
}

/**
 * Runs a sale during which the API and the worker are upgraded to the next version. There is a coupon for every user,
 * so the sale lasts until the last user has arrived.
 */
export async function saleWithUpgrade(bench: SaleBench, nextImage: string): Promise<void> {
  const { docker, deployment, report, sale } = bench;
  await deployment.healthy(sale.signal);
  // Apply the migrations first, while the old version still runs.
  await deployment.up(nextImage, ['migrate']);
  const old = await deployment.facts('api');
  const { opensAtMs, result } = await startSale(deployment, { ...sale, stock: sale.users });
  await sleep(Math.max(0, opensAtMs - Date.now()), undefined, { signal: sale.signal });
  await deployment.up(nextImage, ['api', 'worker']);
  const replaced = await deployment.facts('api');
  const outcome = await result;
  await deployment.healthy(sale.signal);
  judgeSale(report, 'all promises hold if the image is upgraded during a sale', outcome);
  const runs = await docker.run(['inspect', '--format', '{{.Config.Image}}', replaced.id]);
  const stoppedMs = (await diedAtMs(docker, old.id, opensAtMs)) - opensAtMs;
  const middle = old.id !== replaced.id && runs === nextImage && isInTheMiddle(stoppedMs, outcome);
  const seen = `the old API stopped ${seconds(stoppedMs)} after the opening, the new one started ${seconds(replaced.startedAtMs - opensAtMs - stoppedMs)} later`;
  report.judge('the next version took over in the middle of the sale', middle, seen);
}

/** Returns the time at which a container ended. The container is gone by then, so the engine's events give the time. */
async function diedAtMs(docker: Docker, id: string, sinceMs: number): Promise<number> {
  const span = ['--since', (sinceMs / 1_000).toFixed(3), '--until', (Date.now() / 1_000).toFixed(3)];
  const filters = ['--filter', `container=${id}`, '--filter', 'event=die'];
  const events = await docker.run(['events', ...span, ...filters, '--format', '{{.TimeNano}}']);
  return Number(events.split('\n')[0]?.slice(0, -6) ?? NaN);
}

/** Whether a time lies between the opening and the last issued coupon. */
const isInTheMiddle = (afterOpeningMs: number, { figures }: SaleResult): boolean =>
  afterOpeningMs >= 0 && figures.soldOutAfterMs !== null && afterOpeningMs <= figures.soldOutAfterMs;

function judgeSale(report: Report, what: string, result: SaleResult): void {
  const { figures, promises } = result;
  const unknown = figures.answers
    .filter(({ kind }) => kind === 'unknown')
    .reduce((sum, { latency }) => sum + latency.count, 0);
  // Leave out whether the sale opened on time, because that depends on the machine.
  const broken = promises.filter(
    ({ verdict, findings }) =>
      verdict !== 'held' && !(verdict === 'broken' && findings.every(({ kind }) => kind === 'opened_late')),
  );
  const sold = `${result.persisted} of ${result.stock} coupons to ${result.users} users`;
  const soldOut =
    figures.soldOutAfterMs === null ? 'not sold out' : `sold out after ${seconds(figures.soldOutAfterMs)}`;
  const seen = `${sold}, ${soldOut}, ${unknown} calls without an answer`;
  report.judge(what, broken.length === 0, [seen, ...broken.map((promise) => JSON.stringify(promise))].join('; '));
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
