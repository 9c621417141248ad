import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { GateSession } from '../../../../core/engines/gated/gate-sessions.ts';
import type { Attempt } from '../../../../core/engines/units/unit-scripts.ts';
import { createUnitWriter } from '../../../../core/engines/units/unit-writer.ts';
import type { Session, Sessions } from '../../../../core/mysql/sessions.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import type { RedisLink } from '../../../../core/redis/open-redis.ts';
import { singleLink } from '../../../../core/redis/redis-links.ts';
import { Fault } from '../../../../core/runtime/fault.ts';
import { createLog } from '../../../../core/runtime/log.ts';

const session: GateSession = {
  ...{ round: 1, openedAt: 'run-1' },
  ...{ coder: (serial) => `code ${serial}`, keys: roundKeys('ev', 1) },
};
const slotsMax = 3;

const unit = (number: number, userId: string): Attempt => ({
  ...{ number, userId, attempt: `1000:6000:${userId}`, claimedAtMs: 1_000, deadlineMs: 6_000 },
});

/** A stored claim that conflicts with an insert. */
type InTheWay = { serial: number; user_id: string; claimed_at: string };

/**
 * A writer whose calls to MySQL and Redis the test answers. Unless `connected` is set, each connection waits until the
 * test provides it.
 */
function handDriven({ connected = true } = {}) {
  const inserts: { values: unknown[]; done: PromiseWithResolvers<number>; inTheWay: InTheWay[] }[] = [];
  const uses: PromiseWithResolvers<void>[] = [];
  const scripts: ('settle' | 'return')[] = [];
  const mysql = {
    run: (_sql: string, values: unknown[]) => {
      const insert = { values, done: Promise.withResolvers<number>(), inTheWay: [] };
      inserts.push(insert);
      return insert.done.promise;
    },
    rows: () => Promise.resolve(inserts.at(-1)?.inTheWay ?? []),
  } as Partial<Session> as Session;
  const sessions = {
    use: async <T>(work: (mysql: Session) => Promise<T>): Promise<T> => {
      const connection = Promise.withResolvers<void>();
      uses.push(connection);
      if (connected) connection.resolve();
      await connection.promise;
      return work(mysql);
    },
  } as Partial<Sessions> as Sessions;
  const evalsha = (_sha: string, keyCount: number, ...args: string[]) => {
    // The script that settles has the winners among its keys; the script that returns numbers does not.
    const settles = args.slice(0, keyCount).includes(session.keys.winners);
    scripts.push(settles ? 'settle' : 'return');
    return Promise.resolve(settles ? ['settled', 1, 1] : ['returned', 1]);
  };
  const log = createLog('api', 'silent');
  const redis = singleLink({ client: { evalsha } } as unknown as RedisLink);
  const onProgress = vi.fn();
  const writer = createUnitWriter(
    { sessions, redis, log },
    { eventId: 'ev', strategy: 'redis-counter-set', slotsMax, onProgress },
  );
  const write = (taken: Attempt) =>
    writer.write(session, taken, performance.now()).catch((err: unknown) => (err instanceof Fault ? err.code : err));
  return { writer, write, inserts, uses, scripts, onProgress };
}

const duplicate = () => Object.assign(new Error('Duplicate entry'), { errno: 1062 });
const silence = () => new Fault('unavailable', 'MySQL did not answer.');

afterEach(() => void vi.useRealTimers());

it('a unit writer answers a winner after MySQL has the claim and Redis has settled the unit', async () => {
  const { write, inserts, scripts } = handDriven();
  const written = write(unit(1, 'a'));
  await nextTurn();
  expect(scripts).toEqual([]);
  inserts[0]?.done.resolve(1);
  expect(await written).toEqual({
    kind: 'issued',
    claim: { serial: 1, code: 'code 1', claimedAtMs: 1_000, round: 1 },
    replayed: false,
  });
  expect(scripts).toEqual(['settle']);
});

it('a unit writer stores a unit once if two calls ask for it, and reports the claim as new to only one of them', async () => {
  const { write, inserts } = handDriven();
  const calls = [write(unit(1, 'a')), write(unit(1, 'a'))];
  await nextTurn();
  expect(inserts).toHaveLength(1);
  inserts[0]?.done.resolve(1);
  expect(await Promise.all(calls)).toMatchObject([{ replayed: false }, { replayed: true }]);
});

it('a unit writer returns the number of a user who already has another claim, and answers with that claim', async () => {
  const { write, inserts, scripts } = handDriven();
  const written = write(unit(7, 'a'));
  await nextTurn();
  inserts[0]?.inTheWay.push({ serial: 2, user_id: 'a', claimed_at: '1970-01-01 00:00:00.500' });
  inserts[0]?.done.reject(duplicate());
  expect(await written).toMatchObject({ kind: 'issued', claim: { serial: 2 } });
  expect(scripts).toEqual(['settle', 'return']);
});

it('a unit writer lets a user ask again if MySQL has the number for another user, and does not return that number', async () => {
  const { write, inserts, scripts } = handDriven();
  const written = write(unit(7, 'a'));
  await nextTurn();
  inserts[0]?.inTheWay.push({ serial: 7, user_id: 'b', claimed_at: '1970-01-01 00:00:00.500' });
  inserts[0]?.done.reject(duplicate());
  expect(await written).toEqual({ kind: 'lost' });
  expect(scripts).toEqual(['settle']);
});

it('a unit writer leaves a unit to the sweep if MySQL did not answer the insert, because the claim may be stored', async () => {
  const { write, inserts, scripts } = handDriven();
  const written = write(unit(1, 'a'));
  await nextTurn();
  inserts[0]?.done.reject(silence());
  expect(await written).toBe('unavailable');
  expect(scripts).toEqual([]);
});

it('a unit writer returns a unit at once if it got no connection, because the claim cannot have been stored', async () => {
  const { write, uses, inserts, scripts } = handDriven({ connected: false });
  const written = write(unit(1, 'a'));
  uses[0]?.reject(silence());
  expect(await written).toBe('unavailable');
  expect(inserts).toEqual([]);
  expect(scripts).toEqual(['return']);
});

it('a unit writer returns a unit rather than insert it so late that the sweep may already judge it', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { write, uses, inserts, scripts } = handDriven({ connected: false });
  const written = write(unit(1, 'a'));
  vi.advanceTimersByTime(2_001);
  uses[0]?.resolve();
  expect(await written).toBe('busy');
  expect(inserts).toEqual([]);
  expect(scripts).toEqual(['return']);
});

it('a unit writer tries one unit at a time while MySQL does not answer, and all units at once when MySQL answers again', async () => {
  const { writer, write, inserts } = handDriven();
  expect(writer.free).toBe(slotsMax);
  const failed = write(unit(1, 'a'));
  expect(writer.free).toBe(slotsMax - 1);
  await nextTurn();
  inserts[0]?.done.reject(silence());
  await failed;
  expect([writer.free, writer.silentFor(Infinity)]).toEqual([1, true]);

  const stored = write(unit(2, 'b'));
  expect(writer.free).toBe(0);
  await nextTurn();
  inserts[1]?.done.resolve(1);
  await stored;
  expect([writer.free, writer.silentFor(Infinity)]).toEqual([slotsMax, false]);
});

it('a unit writer reports progress when a connection becomes free and again when the unit is settled', async () => {
  const { write, inserts, onProgress } = handDriven();
  const written = write(unit(1, 'a'));
  await nextTurn();
  expect(onProgress).not.toHaveBeenCalled();
  inserts[0]?.done.resolve(1);
  await written;
  expect(onProgress).toHaveBeenCalledTimes(2);
});
