import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ClaimAnswer } from '../../../../core/engines/claim-strategy.ts';
import type { GateSession, GateSessions } from '../../../../core/engines/gated/gate-sessions.ts';
import { UnitQueue } from '../../../../core/engines/units/unit-queue.ts';
import type { Attempt, TakenUnits, UnitResult } from '../../../../core/engines/units/unit-scripts.ts';
import type { UnitWriter, Written } from '../../../../core/engines/units/unit-writer.ts';
import type { RedisLink } from '../../../../core/redis/open-redis.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import { Fault } from '../../../../core/runtime/fault.ts';

const session: GateSession = {
  ...{ round: 1, openedAt: 'run-1' },
  ...{ coder: (serial) => `code ${serial}`, keys: roundKeys('ev', 1) },
};
const claimWaitMs = 1_000;

const unit = (number: number, userId: string): Attempt => ({
  ...{ number, userId, attempt: `1:2:${userId}`, claimedAtMs: 1, deadlineMs: 2 },
});
const later: UnitResult = { kind: 'later' };
const refused: UnitResult = { kind: 'refused', phase: 'sold_out' };

/** The queue receives an answer in the first turn of the event loop, and asks about the next batch in the second. */
const nextTurn = async (): Promise<void> => {
  await turn();
  await turn();
};

/** The gate's answer to a batch: each user's result, and how many units are left. */
type Answer = { results: UnitResult[]; left?: number; phase?: TakenUnits['phase'] };

function handDriven({ free }: { free: number }) {
  const asked: { users: readonly string[]; unitsMax: number; reply: PromiseWithResolvers<TakenUnits> }[] = [];
  const writes: { unit: Attempt; written: PromiseWithResolvers<Written> }[] = [];
  let progress = (): void => undefined;
  const writer: UnitWriter & { free: number; silent: boolean } = {
    free,
    silent: false,
    silentFor: () => writer.silent,
    write: (_session: GateSession, taken: Attempt) => {
      writer.free -= 1;
      const written = Promise.withResolvers<Written>();
      writes.push({ unit: taken, written });
      return written.promise;
    },
  };
  const gates: GateSessions = {
    ask: async <Reply extends object>(_eventId: string, call: Parameters<GateSessions['ask']>[1]) => ({
      session,
      reply: (await call(session, 'run-1', {} as RedisLink)) as Reply,
      ...{ runId: 'run-1', link: {} as RedisLink },
    }),
    answerWithoutGate: () => Promise.reject(new Error('The gate is there.')),
    claimWithoutGate: () => Promise.reject(new Error('The gate is there.')),
    undecided: (_eventId, cause) => new Fault('unavailable', 'Redis did not answer.', { cause }),
  };
  const queue = new UnitQueue({
    ...{ eventId: 'ev', strategy: 'redis-counter-set', gates, claimWaitMs, observe: { claimBatch: () => undefined } },
    take: (_session, _runId, { users, unitsMax }) => {
      const reply = Promise.withResolvers<TakenUnits>();
      asked.push({ users, unitsMax, reply });
      return reply.promise;
    },
    openWriter: (onProgress) => {
      progress = onProgress;
      return writer;
    },
  });
  /** The state of each call: `waits`, the status of its answer, or the code of its fault. */
  const state = new Map<string, string>();
  return {
    queue,
    writer,
    writes,
    state,
    asked: () => asked.map(({ users, unitsMax }) => ({ users, unitsMax })),
    push: (...users: string[]) => {
      for (const userId of users) {
        state.set(userId, 'waits');
        queue.push(userId).then(
          (answer: ClaimAnswer) => state.set(userId, answer.status),
          (err: unknown) => state.set(userId, err instanceof Fault ? `${err.code}: ${err.message}` : String(err)),
        );
      }
      return nextTurn();
    },
    answer: ({ results, left = 0, phase = 'open' }: Answer) => {
      asked.at(-1)?.reply.resolve({ kind: 'decided', nowMs: 5, opensAtMs: 1, phase, left, results });
      return nextTurn();
    },
    failAsk: () => {
      asked.at(-1)?.reply.reject(new Error('ETIMEDOUT'));
      return nextTurn();
    },
    /** Lets MySQL finish writing a unit, which frees its connection. */
    endWrite: async (at: number, written: Written) => {
      writer.free += 1;
      writes[at]?.written.resolve(written);
      progress();
      await nextTurn();
    },
  };
}

const issued = (serial: number, replayed = false): Written => ({
  ...{ kind: 'issued', claim: { serial, code: `code ${serial}`, claimedAtMs: 1, round: 1 }, replayed },
});

// These tests use fake timers, because the queue asks again after 25 ms, and on a busy machine 25 ms could pass between
// two steps of a test.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('a unit queue takes no more units than MySQL can store now, but asks about every caller', async () => {
  const { push, asked, answer, state } = handDriven({ free: 2 });
  await push('a', 'b', 'has-one', 'too-late');
  expect(asked()).toEqual([{ users: ['a', 'b', 'has-one', 'too-late'], unitsMax: 2 }]);
  await answer({
    results: [
      ...[{ kind: 'unit', unit: unit(1, 'a') } as const, { kind: 'unit', unit: unit(2, 'b') } as const],
      ...[{ kind: 'held', serial: 9, claimedAtMs: 1 } as const, refused],
    ],
    phase: 'sold_out',
  });
  expect(Object.fromEntries(state)).toEqual({ a: 'waits', b: 'waits', 'has-one': 'issued', 'too-late': 'sold_out' });
});

it('a unit queue answers a winner only once MySQL has the claim', async () => {
  const { push, answer, endWrite, state, writes } = handDriven({ free: 1 });
  await push('a');
  await answer({ results: [{ kind: 'unit', unit: unit(1, 'a') }] });
  expect(writes.map((write) => write.unit.userId)).toEqual(['a']);
  expect(state.get('a')).toBe('waits');
  await endWrite(0, issued(1));
  expect(state.get('a')).toBe('issued');
});

it('a unit queue gives a free connection to the call that has waited longest, and gives no unit to later calls before that', async () => {
  const { push, asked, answer, endWrite, queue } = handDriven({ free: 1 });
  await push('first', 'second', 'third');
  await answer({ results: [{ kind: 'unit', unit: unit(1, 'first') }, later, later], left: 5 });
  expect(queue.length).toBe(2);
  await push('newcomer');
  expect(asked().at(-1)).toEqual({ users: ['newcomer'], unitsMax: 0 });
  await answer({ results: [later], left: 5 });
  await endWrite(0, issued(1));
  expect(asked().at(-1)).toEqual({ users: ['second'], unitsMax: 1 });
});

it('a unit queue answers sold out to callers who wait for the last units as soon as all units are settled', async () => {
  const { push, asked, answer, endWrite, state } = handDriven({ free: 1 });
  await push('winner', 'waiting-1', 'waiting-2');
  await answer({ results: [{ kind: 'unit', unit: unit(1, 'winner') }, later, later], left: 0 });
  expect(state.get('waiting-1')).toBe('waits');
  await endWrite(0, issued(1));
  expect(asked().at(-1)?.users).toEqual(['waiting-1']);
  await answer({ results: [refused], phase: 'sold_out' });
  // All units are settled, so waiting callers get their answer without a connection.
  expect(asked().at(-1)?.users).toEqual(['waiting-2']);
  await answer({ results: [refused], phase: 'sold_out' });
  expect([state.get('waiting-1'), state.get('waiting-2')]).toEqual(['sold_out', 'sold_out']);
});

it('a unit queue keeps asking about a call while MySQL has the call’s number for another user', async () => {
  const { push, asked, answer, endWrite, state } = handDriven({ free: 1 });
  await push('unlucky');
  await answer({ results: [{ kind: 'unit', unit: unit(1, 'unlucky') }], left: 5 });
  await endWrite(0, { kind: 'lost' });
  expect(state.get('unlucky')).toBe('waits');
  vi.advanceTimersByTime(25);
  await nextTurn();
  expect(asked()).toHaveLength(2);
  await answer({ results: [{ kind: 'unit', unit: unit(2, 'unlucky') }], left: 4 });
  await endWrite(1, issued(2));
  expect(state.get('unlucky')).toBe('issued');
});

it('a unit queue rejects every waiting call at once if Redis does not answer', async () => {
  const { push, asked, answer, failAsk, state, queue } = handDriven({ free: 0 });
  await push('deferred');
  await answer({ results: [later], left: 5 });
  await push('asked');
  await push('behind');
  await failAsk();
  expect([...state.values()].map((text) => text.split(':')[0])).toEqual(['unavailable', 'unavailable', 'unavailable']);
  expect(asked()).toHaveLength(2);
  expect(queue.length).toBe(0);
});

/**
 * Makes a call wait for its full time while the gate has no unit for the call. `answered` says whether Redis keeps
 * answering.
 */
async function waitInVain({ silent = false, answered = true }: { silent?: boolean; answered?: boolean }) {
  const driven = handDriven({ free: 0 });
  await driven.push('waits-1', 'waits-2', 'waits-3');
  await driven.answer({ results: [later, later, later], left: 0 });
  driven.writer.silent = silent;
  for (let ms = 0; ms <= claimWaitMs + 50; ms += 25) {
    vi.advanceTimersByTime(25);
    await nextTurn();
    if (answered) await driven.answer({ results: [later], left: 0 });
  }
  return driven.state.get('waits-3');
}

it('a unit queue answers busy if the wait ends while others are being served', async () => {
  expect(await waitInVain({})).toMatch(/^busy: The last coupons are going/);
});

it('a unit queue blames MySQL if a call’s time runs out and MySQL stored nothing in that time', async () => {
  expect(await waitInVain({ silent: true })).toMatch(/^unavailable: MySQL is not answering/);
});

it('a unit queue blames Redis if a call’s time runs out while the queue is waiting for Redis’s answer', async () => {
  expect(await waitInVain({ answered: false })).toMatch(/^unavailable: Redis is not answering/);
});
