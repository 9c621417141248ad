import { setTimeout as sleep } from 'node:timers/promises';
import type { SaleResult } from '../../proof/flash-sale/run-sale.ts';
import { type Deployment, type ServiceName, services } from './deployment.ts';
import type { Docker } from '../services/docker.ts';
import { killAt, restarted } from './kill-container.ts';
import type { Report } from './report.ts';
import { startSale, type SaleOptions } from './sale.ts';

export type SaleBench = { docker: Docker; deployment: Deployment; report: Report; sale: SaleOptions };

/** While the crowd still comes: about half of it clicks within this time. */
const intoTheSaleMs = 250;

/** A sale in which nothing happens. */
export async function plainSale({ deployment, report, sale }: SaleBench): Promise<void> {
  const { result } = await startSale(deployment, sale);
  const outcome = await result;
  judgeSale(report, 'a flash sale from outside holds all promises', outcome);
  report.figure('accepted/s in a sale', String(Math.round(outcome.figures.acceptedPerSecond)));
}

/** One sale for each container, which is killed in the middle of it. */
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
  judgeSale(report, `all promises hold when the container of ${service} is killed in a sale`, outcome);
  const middle = isInTheMiddle(diedMs, outcome);
  report.judge(
    `it was killed in the middle of the sale, and the engine restarted it`,
    middle,
    `${seconds(diedMs)} after the opening, running again ${seconds(backMs)} later`,
  );
}

/** A sale in which API and worker are replaced by those of the next version. */
export async function saleWithUpgrade(bench: SaleBench, nextImage: string): Promise<void> {
  const { docker, deployment, report, sale } = bench;
  await deployment.healthy(sale.signal);
  // Migrations come first, and go with the version that runs.
  await deployment.up(nextImage, ['migrate']);
  const old = await deployment.facts('api');
  const { opensAtMs, result } = await startSale(deployment, sale);
  await sleep(Math.max(0, opensAtMs - Date.now()), undefined, { signal: sale.signal });
  await deployment.up(nextImage, ['api', 'worker']);
  const replaced = await deployment.facts('api');
  const outcome = await result;
  await deployment.healthy(sale.signal);
  judgeSale(report, 'all promises hold when the image is upgraded in a sale', outcome);
  const runs = await docker.run(['inspect', '--format', '{{.Config.Image}}', replaced.id]);
  const atMs = replaced.startedAtMs - opensAtMs;
  const middle = old.id !== replaced.id && runs === nextImage && isInTheMiddle(atMs, outcome);
  report.judge('the next version took over in the middle of the sale', middle, `${seconds(atMs)} after the opening`);
}

/** Whether something happened after the opening, and before the last coupon went. */
const isInTheMiddle = (afterOpeningMs: number, { figures }: SaleResult): boolean =>
  afterOpeningMs >= 0 && figures.soldOutAfterMs !== null && afterOpeningMs <= figures.soldOutAfterMs;

function judgeSale(report: Report, what: string, result: SaleResult): void {
  const { figures, verdict } = result;
  const unknown = figures.answers
    .filter(({ kind }) => kind === 'unknown')
    .reduce((sum, { latency }) => sum + latency.count, 0);
  const broken = result.promises
    .filter((promise) => promise.verdict !== 'held')
    .map((promise) => JSON.stringify(promise));
  const seen = `${result.persisted} of ${result.stock} coupons to ${result.users} users, sold out after ${seconds(figures.soldOutAfterMs ?? NaN)}, ${unknown} calls without an answer`;
  report.judge(what, verdict === 'held', [seen, ...broken].join('; '));
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
