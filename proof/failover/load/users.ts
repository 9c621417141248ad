import { setTimeout as sleep } from 'node:timers/promises';
import { claimRequest, readOutcome } from '../../flash-sale/claim-call.ts';
import { createHttpPool } from '../../flash-sale/http-pool.ts';
import { monotonicMs } from '../../flash-sale/monotonic.ts';
import type { ApiProcess } from '../system/run-system.ts';
import { isDecided, type Ledger, type ToldAnswer } from './ledger.ts';

export type UsersOptions = {
  apis: readonly ApiProcess[];
  events: readonly string[];
  usersPerEvent: number;
  /** The users of each event arrive evenly over this time. */
  overMs: number;
  tokenOf: (userId: string) => string;
  ledger: Ledger;
  /** Add this to the monotonic clock to get the time of day. */
  offsetMs: number;
};

/** Users who each want a coupon from one event, and keep asking until they get a decision. */
export type Users = {
  /** How many users of an event are still waiting for a decision. */
  waiting(eventId: string): number;
  /** Adds a user, who claims in the same way as the others. */
  join(eventId: string, userId: string): void;
  /** Sends one user's claim once. */
  ask(eventId: string, userId: string, turn?: number): Promise<ToldAnswer>;
  /** Resolves when all users have a decision, or after `stop`. Does not wait for users added by `join`. */
  readonly done: Promise<void>;
  /** Makes the users without a decision give up. */
  stop(): void;
  close(): void;
};

/**
 * How long a call waits. This limit is longer than the 2 s within which the API answers, so that the run notices slower
 * answers.
 */
const callTimeoutMs = 4_000;
const againAfterMs = { least: 50, most: 400 };
const connectionsMax = 200;

/**
 * Starts the users. After a 503, a 429, a lost connection or "paused", a user soon claims again at the next API
 * process.
 */
export function startUsers(options: UsersOptions): Users {
  const { apis, events, usersPerEvent, overMs, tokenOf, ledger, offsetMs } = options;
  const pools = apis.map(({ name, address }) => ({
    name,
    address,
    pool: createHttpPool({ ...address, connectionsMax, timeoutMs: callTimeoutMs }),
  }));
  const waiting = new Map(events.map((eventId) => [eventId, usersPerEvent]));
  const stopped = new AbortController();

  const ask: Users['ask'] = async (eventId, userId, turn = 0) => {
    const at = pools[turn % pools.length];
    if (at === undefined) throw new Error('Users need an API process.');
    const { sentAtMs, receivedAtMs, reply } = await at.pool.call(claimRequest(at.address, eventId, tokenOf(userId)));
    const times = { sentAtMs: sentAtMs + offsetMs, receivedAtMs: receivedAtMs + offsetMs };
    const answer = { eventId, userId, api: at.name, ...times, outcome: readOutcome(reply) };
    ledger.add(answer);
    return answer;
  };
  const wantOne = async (eventId: string, userId: string, turn: number): Promise<void> => {
    await sleep((overMs * turn) / usersPerEvent, undefined, { signal: stopped.signal }).catch(() => undefined);
    for (let attempt = 0; !stopped.signal.aborted; attempt += 1) {
      if (isDecided(await ask(eventId, userId, turn + attempt))) {
        waiting.set(eventId, (waiting.get(eventId) ?? 0) - 1);
        return;
      }
      const pauseMs = Math.min(againAfterMs.least * 2 ** attempt, againAfterMs.most);
      await sleep(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const all = events.flatMap((eventId, nth) =>
    Array.from({ length: usersPerEvent }, (_, turn) => wantOne(eventId, `e${nth + 1}-user-${turn}`, turn)),
  );
  return {
    waiting: (eventId) => waiting.get(eventId) ?? 0,
    join: (eventId, userId) => {
      waiting.set(eventId, (waiting.get(eventId) ?? 0) + 1);
      void wantOne(eventId, userId, 0);
    },
    ask,
    done: Promise.all(all).then(() => undefined),
    stop: () => stopped.abort(),
    close: () => pools.forEach(({ pool }) => pool.close()),
  };
}

/**
 * The time of day minus this machine's monotonic clock. Reads both clocks many times and uses the fastest pair of
 * readings, because the process may be interrupted between the two.
 */
export function clockOffsetMs(): number {
  let best = { tookMs: Infinity, offsetMs: 0 };
  for (let look = 0; look < 50; look += 1) {
    const beforeMs = monotonicMs();
    const nowMs = Date.now();
    const afterMs = monotonicMs();
    if (afterMs - beforeMs < best.tookMs)
      best = { tookMs: afterMs - beforeMs, offsetMs: nowMs - (beforeMs + afterMs) / 2 };
  }
  return best.offsetMs;
}
