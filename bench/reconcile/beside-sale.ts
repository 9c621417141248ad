import { join } from 'node:path';
import { patientFetch } from '../../admin-cli/remote/patient-fetch.ts';
import { progressType } from '../../admin-cli/remote/progress-lines.ts';
import { createTokenMint } from '../../core/access/mint-token.ts';
import type { ReconcileProgress } from '../../core/reconcile/report.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { createSharedTally } from '../../proof/flash-sale/crowd-answer.ts';
import { userName } from '../../proof/flash-sale/crowd.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { runCrowd } from '../../proof/flash-sale/run-crowd.ts';
import { awaitIdle } from '../meters/await-idle.ts';
import { latencyOf, type Latency } from '../meters/latency.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { perSecond, runWrk } from '../wrk/wrk.ts';

/** A window of a sale in which calls are sent as planned, without waiting for answers. */
export type SaleWindow = {
  acceptedPerSecond: number;
  /** The latency, counted from the time when a call was due. */
  latency: Latency;
  /** How many answers had no outcome. */
  failures: number;
  /** Null in a window without reconciles. */
  reconciling: Reconciling | null;
};

/**
 * How many reconciles finished, and how many claims all reconciles compared, including the one that the window's end
 * cut off.
 */
export type Reconciling = { ended: number; compared: number };

export type WindowPair = { alone: SaleWindow; beside: SaleWindow };

export type SalePlan = { seconds: number; perSecond: number };

const connections = 64;
const leadMs = 1_000;
/** After this time, users without an outcome stop calling, so that their calls don't run into the next window. */
const giveUpAfterMs = 2_000;
const stock = 50_000_000;
/** The stock, which is more than any load can use up. */
const usersPerSecond = 30_000;

/**
 * Measures how many claims per second the machine accepts from 64 callers who call again as soon as they have an
 * answer.
 */
export async function calibrate(system: BenchSystem, seconds: number): Promise<number> {
  const { api, authSecret, dir } = system;
  const event = await system.createEvent({ name: 'calibration', stock });
  const path = join(dir, 'calibration.requests');
  const count = seconds * usersPerSecond;
  const requests = await writeRequestFile({ path, count, crowd: 'calibration', eventId: event.id, authSecret });
  try {
    const wrk = await runWrk(api.url, { seconds, requests });
    if (wrk.exhausted) throw new Error(`${count} users were too few for ${seconds} s`);
    await endSale(system, event);
    return perSecond(wrk);
  } finally {
    await requests.remove();
  }
}

/**
 * Runs one window of a sale. If `reconciled` is given, reconciles that other event again and again during the window.
 */
export async function holdWindow(
  system: BenchSystem,
  { seconds, perSecond: rate }: SalePlan,
  name: string,
  reconciled: string | null,
): Promise<SaleWindow> {
  const users = Math.round(seconds * rate);
  const mint = createTokenMint(system.authSecret);
  const tokens = Array.from({ length: users }, (_, user) => mint({ sub: userName(user) }, 3_600_000, Date.now()));
  const event = await system.createEvent({ name, stock });
  await awaitIdle(system, system.api);
  const over = new AbortController();
  const reconciling = reconciled === null ? null : reconcileUntil(system, reconciled, over.signal);
  const { hostname, port } = new URL(system.api.url);
  const opensAtMonotonicMs = monotonicMs() + leadMs;
  try {
    const { answers } = await runCrowd(
      {
        ...{ host: hostname, port: Number(port), eventId: event.id, tokens },
        arrivals: tokens.map((_, user) => ({ user, atMs: (user * 1_000) / rate })),
        ...{ opensAtMonotonicMs, serverOffsetMs: 0, connections, giveUpAfterMs: 1_000 * seconds + giveUpAfterMs },
        ...{ seed: 1, tally: createSharedTally() },
      },
      new AbortController().signal,
    );
    const endsAtMs = opensAtMonotonicMs + 1_000 * seconds;
    const accepted = answers.filter(({ outcome }) => outcome.status === 'issued');
    return {
      acceptedPerSecond: accepted.filter(({ receivedAtMs }) => receivedAtMs <= endsAtMs).length / seconds,
      latency: latencyOf(accepted.map(({ dueAtMs, receivedAtMs }) => receivedAtMs - dueAtMs)),
      failures: answers.length - accepted.length,
      reconciling: reconciling && (over.abort(), await reconciling),
    };
  } finally {
    over.abort();
    await reconciling?.catch(() => undefined);
    await endSale(system, event);
  }
}

/** Runs one reconcile after another, with the CLI's request, until `signal` aborts the current one. */
async function reconcileUntil(
  { api, authSecret }: BenchSystem,
  eventId: string,
  signal: AbortSignal,
): Promise<Reconciling> {
  const token = createTokenMint(authSecret)({ sub: 'bench', role: 'operator' }, 3_600_000, Date.now());
  const url = new URL(`${api.url}/trpc/admin.reconcile`);
  const done = { ended: 0, compared: 0 };
  while (!signal.aborted) {
    let compared = 0;
    const watch = ({ step, done: claims }: ReconcileProgress): void => {
      if (step === 'claims in MySQL') compared = claims;
    };
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: progressType },
      ...{ body: JSON.stringify({ eventId }), signal },
    };
    try {
      const answer = (await (await patientFetch(url, init, watch)).json()) as { error?: { message: string } };
      if (answer.error !== undefined) throw new Error(`The reconcile during the sale failed: ${answer.error.message}`);
      done.ended += 1;
    } catch (err) {
      if (!signal.aborted) throw err;
    }
    done.compared += compared;
  }
  return done;
}

async function endSale(system: BenchSystem, event: { id: string; round: number }): Promise<void> {
  await awaitPersisted(system.redis, event.id, event.round, new AbortController().signal);
  await system.closeEvent(event.id);
}
