import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../proof/checker/answer.ts';
import { claimRequest, readOutcome } from '../../proof/flash-sale/claim-call.ts';
import { createHttpPool, type HttpPool } from '../../proof/flash-sale/http-pool.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';

/** Where an API process listens. */
export type Address = { host: string; port: number };

/** An answer, with what came with it over HTTP; `httpStatus` is null when nothing came. */
export type CrowdAnswer = Answer & { httpStatus: number | null; retryAfterMs: number | null };

export type CrowdOptions = {
  /** Users begin at one each, in turn, and go to the next when a call ends undecided. */
  targets: Address[];
  eventId: string;
  userIds: string[];
  tokenOf: (userId: string) => string;
  /** The users arrive evenly over this time. Default 0: all at once. */
  overMs?: number;
  /** Who is told "not open" asks again at once. Default: it is an answer. */
  untilOpen?: boolean;
  /** Who has no answer by then gives up, and `done` throws. */
  limitMs?: number;
};

/** Users who each want one coupon, and ask until they know. */
export type Crowd = {
  /** All answers so far, unknown outcomes too. */
  readonly answers: CrowdAnswer[];
  /** Resolves at the moment when so many users have been told "issued". */
  untilIssued(count: number): Promise<void>;
  /** Resolves at the moment when so many calls ended in an unknown outcome. */
  untilUnknown(count: number): Promise<void>;
  /** Resolves when every user has an answer. */
  readonly done: Promise<void>;
};

/** Longer than the 2 s in which the API answers, so that what is slower is seen as what it is. */
const callTimeoutMs = 5_000;
const backOffMsMax = 400;
/** Below what an API takes from one address, for machines that have no other. */
const connectionsMax = 250;

/** Sends a crowd over real HTTP. After a 503, a 429 or a cut connection a user asks again with the same token. */
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
    // A crowd that ends before it comes that far must not leave its test waiting.
    return Promise.race([promise, done]);
  };

  const claim = async (userId: string, turn: number): Promise<void> => {
    if (overMs > 0) await sleep((overMs * turn) / userIds.length);
    const token = tokenOf(userId);
    for (let attempt = 0; ;) {
      const at = pools[(turn + attempt) % pools.length];
      if (at === undefined) throw new Error('A crowd needs somebody to ask.');
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
  // Whoever awaits `done` hears of it.
  done.catch(() => undefined);
  return {
    answers,
    done,
    untilIssued: (count) => until(() => issued, count),
    untilUnknown: (count) => until(() => unknown, count),
  };
}

/**
 * What to add to the monotonic clock to get the server's time: this machine's, because its Redis runs here. The quickest
 * of some looks at both, because on a busy machine a process may have to wait between the two.
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
