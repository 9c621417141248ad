import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listClaims } from '../../core/claims/claim-rows.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { median, type Target } from '../results/target.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { runWrk } from '../wrk/wrk.ts';

export type Opening = {
  worker: 'running' | 'stopped from 30 s before the opening';
  /** The first claim's time minus the opening time, in whole ms. Both are by Redis's clock. */
  firstAcceptedAfterMs: number;
  /** The number of claims with a time before the opening. It must be 0. */
  acceptedBefore: number;
  issued: number;
  /** The crowd's calls, before and after the opening. */
  calls: number;
};

export type OpeningResult = { stock: number; crowdSeconds: number; openings: Opening[]; targets: Target[] };

const stock = 1_000;
/** The least number of users, because fewer would not sell the event out. */
const users = 5_000;
const crowdAheadMs = 3_000;
const crowdSeconds = 5;
const workerAwayMs = 30_000;
/**
 * How long before its opening the event is created. This leaves time for a worker's job to seed it, 60 s before the
 * opening, while the worker is still running.
 */
const seedByJobMs = 68_000;

/**
 * Opens events while a crowd on 64 connections keeps calling. Each connection calls again as soon as its last answer
 * has arrived.
 */
export async function benchOpening(
  system: BenchSystem,
  options: { quick: boolean },
  say: (line: string) => void,
): Promise<OpeningResult> {
  const openings: Opening[] = [];
  const hold = async (opening: Parameters<typeof holdOpening>[1]): Promise<void> => {
    const result = await holdOpening(system, opening);
    say(
      `  worker ${result.worker}: first claim ${result.firstAcceptedAfterMs} ms after the opening, ${result.calls} calls`,
    );
    openings.push(result);
  };
  for (let i = 1; i <= (options.quick ? 1 : 5); i += 1) {
    await hold({ name: `opening-${i}`, aheadMs: crowdAheadMs + 3_000, workerStopped: false });
  }
  for (let i = 1; i <= (options.quick ? 1 : 2); i += 1) {
    const aheadMs = options.quick ? workerAwayMs + 2_000 : seedByJobMs;
    await hold({ name: `opening-without-worker-${i}`, aheadMs, workerStopped: true });
  }
  return { stock, crowdSeconds, openings, targets: targetsOf(openings) };
}

async function holdOpening(
  system: BenchSystem,
  { name, aheadMs, workerStopped }: { name: string; aheadMs: number; workerStopped: boolean },
): Promise<Opening> {
  const { redis, db, authSecret, worker } = system;
  const opensAtMs = Date.now() + aheadMs;
  const event = await system.createEvent({ name, stock, opensAtMs });
  const path = join(system.dir, `${name}.requests`);
  const requests = await writeRequestFile({ path, count: users, crowd: name, eventId: event.id, authSecret });
  const until = (atMs: number): Promise<void> => sleep(Math.max(atMs - Date.now(), 0));
  try {
    if (workerStopped) {
      await until(opensAtMs - workerAwayMs);
      worker.signal('SIGSTOP');
    }
    await until(opensAtMs - crowdAheadMs);
    const wrk = await runWrk(system.api.url, { seconds: crowdSeconds, requests, loop: true });
    if (wrk.errorReplies > 0) throw new Error(`${name}: ${wrk.errorReplies} error replies; see ${system.api.logFile}`);
    if (workerStopped) worker.signal('SIGCONT');
    const drained = await awaitPersisted(redis, event.id, event.round, new AbortController().signal);
    if (drained.kind === 'stuck') throw new Error(`${name}: the outbox does not drain`);
    const claims = await listClaims(db, { eventId: event.id, round: event.round, limit: stock + 1 });
    const [first] = claims;
    if (first === undefined) throw new Error(`${name}: no claim was accepted`);
    return {
      worker: workerStopped ? 'stopped from 30 s before the opening' : 'running',
      firstAcceptedAfterMs: Math.min(...claims.map((claim) => claim.claimedAtMs)) - opensAtMs,
      acceptedBefore: claims.filter((claim) => claim.claimedAtMs < opensAtMs).length,
      issued: claims.length,
      calls: wrk.requests,
    };
  } finally {
    worker.signal('SIGCONT');
    await requests.remove();
  }
}

function targetsOf(openings: Opening[]): Target[] {
  const latest = (worker: Opening['worker']): number =>
    Math.max(...openings.filter((opening) => opening.worker === worker).map((opening) => opening.firstAcceptedAfterMs));
  const early = openings.reduce((sum, opening) => sum + opening.acceptedBefore, 0);
  const unit = 'ms';
  return [
    { name: 'first claim after the opening, at worst', unit, value: latest('running'), target: 20, want: 'at most' },
    {
      name: 'the same, worker stopped',
      unit,
      value: latest('stopped from 30 s before the opening'),
      target: 20,
      want: 'at most',
    },
    { name: 'claims before the opening', unit: '', value: early, target: 0, want: 'at most' },
  ];
}

/** The median over the openings with a running worker. */
export const medianOpeningMs = (openings: Opening[]): number =>
  median(openings.filter(({ worker }) => worker === 'running').map((opening) => opening.firstAcceptedAfterMs));
