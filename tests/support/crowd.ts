import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../proof/checker/answer.ts';
import { claimRequest, readOutcome } from '../../proof/flash-sale/claim-call.ts';
import { createHttpPool, type HttpPool } from '../../proof/flash-sale/http-pool.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';

export type Address = { host: string; port: number };

/** An answer with its HTTP status and its `Retry-After`. `httpStatus` is null if no HTTP reply came. */
export type CrowdAnswer = Answer & { httpStatus: number | null; retryAfterMs: number | null };

export type CrowdOptions = {
  /**
   * Each user begins at one of these processes, in turn, and goes to the next process if a call ends without a
   * decision.
   */
  targets: Address[];
  eventId: string;
  userIds: string[];
  tokenOf: (userId: string) => string;
  /** The users arrive evenly over this time. Default: 0, all at once. */
  overMs?: number;
  /** Whether users who get "not open" ask again at once. Default: false, so "not open" is their answer. */
  untilOpen?: boolean;
  /** If a user has no answer after this time, the user gives up, and `done` rejects. */
  limitMs?: number;
};

/** Users who each want one coupon, and keep asking until they have a certain answer. */
export type Crowd = {
  /** All answers until now, including unknown outcomes. */
  readonly answers: CrowdAnswer[];
  /** Resolves once this many users have been told "issued". */
  untilIssued(count: number): Promise<void>;
  /** Resolves once this many calls ended in an unknown outcome. */
  untilUnknown(count: number): Promise<void>;
  /** Resolves once every user has an answer. */
  readonly done: Promise<void>;
};

/** This is longer than the 2 s within which the API must answer, so that tests can notice a late answer. */
const callTimeoutMs = 5_000;
const backOffMsMax = 400;
/** This is lower than the API's limit per address, because some machines have only one loopback address. */
const connectionsMax = 250;

/** Sends a crowd over real HTTP. After a 503, a 429 or a cut connection, a user asks again with the same token. */
export function sendCrowd(options: CrowdOptions): Crowd {
  const { targets, eventId, userIds, tokenOf, overMs = 0, untilOpen = false, limitMs = 30_000 } = options;
  const pools = targets.map((target) => ({
    target,
    pool: createHttpPool({ ...target, connectionsMax, timeoutMs: callTimeoutMs }),
  }));
  const offsetMs = serverOffsetMs();
  const deadlineMs = performance.now() + limitMs;
  const answers: CrowdAnswer[] = [];
  const watched: { seen: () => number; count: number; resolve: () => void }[] = [];
  let issued = 0;
  let unknown = 0;

  const note = (answer: CrowdAnswer): void => {
    answers.push(answer);
    if (answer.outcome.status === 'issued') issued += 1;
    if (answer.outcome.status === 'unknown') unknown += 1;
    for (const { seen, count, resolve } of watched) if (seen() >= count) resolve();
  };
  const until = (seen: () => number, count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (seen() >= count) resolve();
    else watched.push({ seen, count, resolve });
    // `done` rejects if the crowd ends before it reaches the count, so that the test does not wait forever.
    return Promise.race([promise, done]);
  };

  const claim = async (userId: string, turn: number): Promise<void> => {
    if (overMs > 0) await sleep((overMs * turn) / userIds.length);
    const token = tokenOf(userId);
    for (let attempt = 0; ;) {
      const at = pools[(turn + attempt) % pools.length];
      if (at === undefined) throw new Error('A crowd needs at least one user.');
      const answer = await ask(at.pool, claimRequest(at.target, eventId, token), userId, offsetMs);
      note(answer);
      const { outcome } = answer;
      const decided = outcome.status !== 'unknown' && outcome.status !== 'busy';
      if (decided && !(untilOpen && outcome.status === 'not_open')) return;
      if (performance.now() > deadlineMs) {
        const last = 'reason' in outcome ? outcome.reason : outcome.status;
        throw new Error(`${userId} has no answer after ${limitMs} ms; the last one was ${last}.`);
      }
      if (decided) {
        await sleep(10);
        continue;
      }
      attempt += 1;
      await sleep(Math.min(20 * 2 ** attempt, backOffMsMax) * (0.5 + Math.random()));
    }
  };

  const done = Promise.all(userIds.map(claim))
    .then(() => undefined)
    .finally(() => pools.forEach(({ pool }) => pool.close()));
  // This only avoids an unhandled rejection. The caller that awaits `done` receives the error.
  done.catch(() => undefined);
  return {
    answers,
    done,
    untilIssued: (count) => until(() => issued, count),
    untilUnknown: (count) => until(() => unknown, count),
  };
}

/**
 * Add this to this process's monotonic clock to get Redis's time. Redis runs on this machine. Takes the quickest of
 * several readings, because a busy machine may interrupt the process between reading one clock and reading the other.
 */
function serverOffsetMs(): number {
  let best = { tookMs: Infinity, offsetMs: 0 };
  for (let look = 0; look < 50; look += 1) {
    const beforeMs = monotonicMs();
    const nowMs = Date.now();
    const afterMs = monotonicMs();
    const tookMs = afterMs - beforeMs;
    if (tookMs < best.tookMs) best = { tookMs, offsetMs: nowMs - (beforeMs + afterMs) / 2 };
  }
  return best.offsetMs;
}

async function ask(pool: HttpPool, request: string, userId: string, offsetMs: number): Promise<CrowdAnswer> {
  const { sentAtMs, receivedAtMs, reply } = await pool.call(request);
  const came =
    reply instanceof Error
      ? { httpStatus: null, retryAfterMs: null }
      : { httpStatus: reply.status, retryAfterMs: reply.retryAfterMs };
  return {
    userId,
    sentAtMs: sentAtMs + offsetMs,
    receivedAtMs: receivedAtMs + offsetMs,
    outcome: readOutcome(reply),
    ...came,
  };
}
