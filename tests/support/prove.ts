import { expect } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import type { AnswerOutcome } from '../../proof/checker/answer.ts';
import type { CrowdAnswer } from './crowd.ts';
import { expectPromises, type EndedSale } from './expect-promises.ts';
import { crowdAt, type ApiProcess, type DirectStores, type TestEvent } from './system.ts';
import { waitFor } from './wait-for.ts';

export type Proof = Pick<EndedSale, 'issued' | 'except' | 'setAside' | 'foreign'> & {
  /** Who is asked for every claim again. */
  apis: ApiProcess[];
  answers: CrowdAnswer[];
  /** Whether the first claim must come at the opening; under most faults it can't. Default false. */
  onTime?: boolean;
};

/** Claims are stored within this time once everything runs again: longer than a killed worker's lock and stall check. */
const storedWithinMs = 40_000;

/** Waits until MySQL has everything, asks every winner's claim again, and judges (`expectPromises`). */
export async function prove({ redis, db }: DirectStores, event: TestEvent, proof: Proof): Promise<void> {
  const { apis, answers, except = [], onTime = false, ...sale } = proof;
  await waitFor(
    async () => {
      const { outbox, attempts } = roundKeys(event.id, 1);
      const [entries, open] = [await redis.xlen(outbox), await redis.hlen(attempts)];
      return entries + open === 0 || Promise.reject(new Error(`${entries} entries in the outbox, ${open} attempts`));
    },
    { what: 'all claims to be in MySQL', limitMs: storedWithinMs },
  );
  // Nothing ends but what the test ends.
  for (const { process } of apis) expect(process.isRunning(), process.output().slice(-5_000)).toBe(true);
  // The last of what was done to them is over: whoever asks now gets an answer.
  for (const { url } of apis) {
    const isReady = async () => (await fetch(`${url}/readyz`)).ok;
    await waitFor(isReady, { what: `${url} to be ready`, limitMs: storedWithinMs });
  }
  const winners = [...new Set(toldIssued(answers).map(({ userId }) => userId))];
  const again = crowdAt(apis, event, { userIds: winners });
  await again.done;
  const notReplayed = again.answers.filter(({ outcome }) => outcome.status !== 'issued' || !outcome.replayed);
  expect(new Set(notReplayed.map(({ outcome }) => JSON.stringify(outcome)))).toEqual(new Set());
  await expectPromises(redis, db, {
    ...sale,
    eventId: event.id,
    ...{ stock: event.stock, opensAtMs: event.opensAtMs },
    answers: [...answers, ...again.answers],
    except: onTime ? except : [...except, 'opened_late'],
  });
}

/** An answer that says "issued". */
export type ToldClaim = CrowdAnswer & { outcome: Extract<AnswerOutcome, { status: 'issued' }> };

/** The answers that say "issued". */
export function toldIssued(answers: CrowdAnswer[]): ToldClaim[] {
  return answers.filter((answer): answer is ToldClaim => answer.outcome.status === 'issued');
}

/**
 * The API gives up waiting after 1.8 s at most. On 2 cores with the work of ten, a caller has seen that as 2.8 s; what a
 * second wait behind the first would add is beyond this.
 */
export const boundMs = 4_000;

/** Each call ended within that time. */
export function expectBounded(answers: CrowdAnswer[]): void {
  const slowest = Math.max(...answers.map(({ sentAtMs, receivedAtMs }) => receivedAtMs - sentAtMs));
  expect(slowest).toBeLessThan(boundMs);
}

/** Every call that ended undecided got a 503, or a 429 for busy, that says when to come back, unless its connection was cut. */
export function expectHonestErrors(answers: CrowdAnswer[]): void {
  const expected = new Map([
    ['unknown', 503],
    ['busy', 429],
  ]);
  const dishonest = answers.filter(({ outcome: { status }, httpStatus, retryAfterMs }) => {
    if (!expected.has(status) || httpStatus === null) return false;
    return httpStatus !== expected.get(status) || retryAfterMs === null;
  });
  expect(dishonest).toEqual([]);
}
