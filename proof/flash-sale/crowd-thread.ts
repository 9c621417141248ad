import { parentPort, workerData } from 'node:worker_threads';
import type { AnswerOutcome } from '../checker/answer.ts';
import { claimRequest, readOutcome } from './claim-call.ts';
import { countTally, type CallReason, type CrowdAnswer, type Tally } from './crowd-answer.ts';
import { seededRandom, userName, type Arrival } from './crowd.ts';
import { createHttpPool } from './http-pool.ts';
import { monotonicMs } from './monotonic.ts';

/** Runs the crowd in a separate thread, so that the display and the proof don't delay it. */

export type CrowdOrders = {
  host: string;
  port: number;
  eventId: string;
  tokens: string[];
  arrivals: Arrival[];
  /** The opening, on the monotonic clock. */
  opensAtMonotonicMs: number;
  /** Add this to the monotonic clock to get the server's time. */
  serverOffsetMs: number;
  /** How many connections to open before the opening. Real users who wait also have open connections. */
  connections: number;
  /** How long after the opening users without an outcome keep retrying. */
  giveUpAfterMs: number;
  seed: number;
  tally: SharedArrayBuffer;
};

export type CrowdResult = { answers: CrowdAnswer[]; waitedForConnection: number };

const callTimeoutMs = 10_000;
const connectAheadMs = 4_500;

async function runCrowd(orders: CrowdOrders): Promise<CrowdResult> {
  const { arrivals, opensAtMonotonicMs, serverOffsetMs, tally } = orders;
  const random = seededRandom(orders.seed + 1);
  const pool = createHttpPool({
    host: orders.host,
    port: orders.port,
    connectionsMax: orders.connections,
    timeoutMs: callTimeoutMs,
  });
  const answers: CrowdAnswer[] = [];
  const giveUpAtMs = opensAtMonotonicMs + orders.giveUpAfterMs;
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  let unfinished = arrivals.length;

  const again = (user: number, atMs: number, why: CallReason, attempt: number): void => {
    setTimeout(() => ask(user, atMs, why, attempt), Math.max(atMs - monotonicMs(), 0));
  };

  const ask = (user: number, dueAtMs: number, why: CallReason, attempt: number): void => {
    countTally(tally, 'sent');
    const askedAtMs = monotonicMs();
    void pool
      .call(claimRequest(orders, orders.eventId, orders.tokens[user] ?? ''))
      .then(({ sentAtMs, receivedAtMs, reply }) => {
        const outcome = readOutcome(reply);
        countTally(tally, tallyName(outcome));
        answers.push({
          userId: userName(user),
          dueAtMs: dueAtMs + serverOffsetMs,
          askedAtMs: askedAtMs + serverOffsetMs,
          sentAtMs: sentAtMs + serverOffsetMs,
          receivedAtMs: receivedAtMs + serverOffsetMs,
          why,
          outcome,
        });
        if (outcome.status === 'not_open') {
          // How long the user waits before a retry: the time that the answer names, plus the reaction time of a person
          // in a hurry. Times are rounded, so another retry may be needed.
          const waitMs = Math.max(outcome.opensAtMs - outcome.serverTimeMs, 0) + 1 + random() * 30;
          return again(user, receivedAtMs + waitMs, 'opening', 0);
        }
        if ((outcome.status === 'unknown' || outcome.status === 'busy') && receivedAtMs < giveUpAtMs) {
          const askedMs = reply instanceof Error ? null : reply.retryAfterMs;
          const waitMs = (askedMs ?? Math.min(100 * 2 ** attempt, 2_000)) * (1 + 0.5 * random());
          return again(user, receivedAtMs + waitMs, 'retry', attempt + 1);
        }
        unfinished -= 1;
        if (unfinished === 0) finish();
      });
  };

  // A timer that is at most about 1 ms late. Unlike a busy loop, it leaves the core to the server.
  let next = 0;
  const seen = new Set<number>();
  const pump = (): void => {
    for (let arrival = arrivals[next]; arrival !== undefined; arrival = arrivals[next]) {
      const dueAtMs = opensAtMonotonicMs + arrival.atMs;
      const waitMs = dueAtMs - monotonicMs();
      if (waitMs > 0) return void setTimeout(pump, waitMs);
      countTally(tally, 'due');
      ask(arrival.user, dueAtMs, seen.has(arrival.user) ? 'second_click' : 'click', 0);
      seen.add(arrival.user);
      next += 1;
    }
  };

  await delayUntil(opensAtMonotonicMs - connectAheadMs);
  await pool.open(orders.connections);
  pump();
  await done;
  pool.close();
  return { answers, waitedForConnection: pool.waited };
}

async function delayUntil(atMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, Math.max(atMs - monotonicMs(), 0));
  await promise;
}

function tallyName(outcome: AnswerOutcome): keyof Tally {
  switch (outcome.status) {
    case 'issued':
      return outcome.replayed ? 'replayed' : 'accepted';
    case 'sold_out':
      return 'soldOut';
    case 'not_open':
      return 'notOpen';
    case 'unknown':
    case 'busy':
    case 'rejected':
      return outcome.status;
    case 'paused':
    case 'closed':
    case 'not_admitted':
      return 'otherRefusals';
  }
}

const result = await runCrowd(workerData as CrowdOrders);
parentPort?.postMessage(result);
