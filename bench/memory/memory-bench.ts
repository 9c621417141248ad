import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readGate } from '../../core/gate/gate.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';
import type { Target } from '../results/target.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { attachInspector, type MemorySample } from '../system/inspector.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { runWrk } from '../wrk/wrk.ts';

export type MemoryPoint = MemorySample & { claims: number };

export type MemoryResult = {
  claims: number;
  points: MemoryPoint[];
  /** Leaves out the first two samples, because code is compiled and pools fill up before the third. */
  heapBytesPerClaim: number;
  rssBytesPerClaim: number;
  /** The kinds of handles of which there were more at the end than after the first step. */
  grownResources: Record<string, number>;
  targets: Target[];
};

const steps = 10;
/** The time limit of a step, which is longer than any step takes. */
const stepSecondsMax = 600;
/**
 * How many requests to prepare beyond `perStep`. A step can overrun, because the check that ends it runs only at
 * intervals.
 */
const spareRequests = 20_000;
/** How long to wait for wrk's sockets to close and for cleanup timers to run. */
const settleMs = 1_500;

/**
 * Makes many claims in steps. Samples the API's memory after each step, once everything is drained and garbage is
 * collected.
 */
export async function benchMemory(
  system: BenchSystem,
  options: { claims: number },
  say: (line: string) => void,
): Promise<MemoryResult> {
  const { redis, authSecret, dir } = system;
  const api = await system.startApi('inspected-api', 'api/main.ts', { nodeArgs: ['--inspect=127.0.0.1:0'] });
  await using inspector = await attachInspector(api.logFile);
  const perStep = Math.ceil(options.claims / steps);
  const event = await system.createEvent({ name: 'memory', stock: 50_000_000 });
  const points: MemoryPoint[] = [{ claims: 0, ...(await inspector.sample()) }];
  for (let step = 1; step <= steps; step += 1) {
    const requests = await writeRequestFile({
      path: join(dir, 'memory.requests'),
      count: perStep + spareRequests,
      crowd: `memory-${String(step).padStart(2, '0')}`,
      eventId: event.id,
      authSecret,
    });
    const until = untilIssued(system, event.id, step * perStep);
    const wrk = await runWrk(api.url, { seconds: stepSecondsMax, requests, until });
    await requests.remove();
    if (wrk.errorReplies > 0) throw new Error(`${wrk.errorReplies} error replies; see ${api.logFile}`);
    const drained = await awaitPersisted(redis, event.id, event.round, new AbortController().signal);
    if (drained.kind === 'stuck') throw new Error('the outbox does not drain');
    await sleep(settleMs);
    const point = { claims: (await readGate(redis, event.id))?.issued ?? 0, ...(await inspector.sample()) };
    points.push(point);
    say(
      `  ${point.claims.toLocaleString('en')} claims: heap ${mebi(point.heapUsedBytes)}, resident ${mebi(point.rssBytes)}`,
    );
  }
  return summarise(points);
}

async function untilIssued({ redis }: BenchSystem, eventId: string, count: number): Promise<void> {
  await waitUntil(async () => ((await readGate(redis, eventId))?.issued ?? 0) >= count, {
    limitMs: stepSecondsMax * 1_000,
    everyMs: 50,
    late: () => `${count} claims were not issued within ${stepSecondsMax} s`,
  });
}

function summarise(points: MemoryPoint[]): MemoryResult {
  const settled = points.slice(2);
  const heapBytesPerClaim = slope(settled.map((point) => [point.claims, point.heapUsedBytes]));
  const rssBytesPerClaim = slope(settled.map((point) => [point.claims, point.rssBytes]));
  const [early, late] = [points[1]?.resources ?? {}, points.at(-1)?.resources ?? {}];
  const grownResources = Object.fromEntries(
    Object.entries(late).flatMap(([kind, count]) => {
      const more = count - (early[kind] ?? 0);
      return more > 0 ? [[kind, more]] : [];
    }),
  );
  const leaked = Object.values(grownResources).reduce((sum, count) => sum + count, 0);
  const unit = 'bytes';
  return {
    claims: points.at(-1)?.claims ?? 0,
    points,
    heapBytesPerClaim,
    rssBytesPerClaim,
    grownResources,
    targets: [
      // The limit is 1 MB for a million claims, which is less than the difference between two samples at rest.
      { name: 'growth of the heap per claim', unit, value: heapBytesPerClaim, target: 1, want: 'at most' },
      { name: 'handles and timers left over', unit: '', value: leaked, target: 0, want: 'at most' },
    ],
  };
}

/** The slope of the least-squares line. */
function slope(points: [number, number][]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
