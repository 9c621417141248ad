import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listClaims } from '../../../core/claims/claim-rows.ts';
import type { ClaimStrategy } from '../../../core/engines/claim-strategy.ts';
import { createMySqlDecided } from '../../../core/engines/rows/mysql-decided.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { lockKey } from '../../../core/redis/keys.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import type { AdminEventView } from '../../../core/views/event-view.ts';
import { openLab, users, type Lab } from '../../support/lab.ts';
import { runAsText } from '../../support/run-as-text.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { createTestStores, type TestStores } from '../../support/test-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

const strategies: StrategyName[] = ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'];
/** The lease is short, so that a lock that nobody releases soon expires. */
const leaseMs = 600;

let stores: TestStores;
let direct: Db;
let redis: Redis;
let proxy: TcpProxy;
beforeAll(async () => {
  stores = await createTestStores();
  direct = openDb(stores.databaseUrl, { poolMax: 1 });
  redis = new Redis(stores.redisUrl);
  proxy = await startTcpProxy(Number(new URL(stores.databaseUrl).port));
  // Makes MySQL refuse every claim of this user.
  await runAsText(
    direct,
    `CREATE TRIGGER no_poison BEFORE INSERT ON claims FOR EACH ROW
    BEGIN IF NEW.user_id = 'poison' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF; END`,
  );
});
afterEach(() => {
  proxy.onRequest = proxy.onReply = undefined;
  proxy.release();
});
afterAll(async () => {
  await direct.$disconnect();
  redis.disconnect();
  await proxy[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

/** The outcome of a claim: its serial, the status of a refusal, or the code of a fault. */
const claim = async (lab: Lab, { eventId }: AdminEventView, userId: string): Promise<string> => {
  try {
    const outcome = await lab.submit(eventId, userId);
    return outcome.status === 'issued' ? `${outcome.serial}${outcome.replayed ? ' again' : ''}` : outcome.status;
  } catch (err) {
    return err instanceof Fault ? err.code : 'error';
  }
};
const decided = (lab: Lab, event: AdminEventView, userId: string): Promise<string> =>
  waitFor(async () => (await claim(lab, event, userId)).match(/^(\d.*|sold_out)$/)?.[0], {
    what: `a decision for ${userId}`,
  });
const storedOf = async ({ eventId, round }: AdminEventView): Promise<string[]> =>
  (await listClaims(direct, { eventId, round, limit: 100 })).map(({ serial, userId }) => `${serial} ${userId}`);

/**
 * The COMMIT command on the wire, with the byte that marks a query. COMMIT alone would also match READ-COMMITTED, which
 * new connections send.
 */
const commitCommand = '\u0003COMMIT';

/**
 * Holds back the first request that contains this text, and everything after it on the same connection, until
 * `release`. Resolves once that request has arrived.
 */
function holdAt(text: string): Promise<void> {
  const reached = Promise.withResolvers<void>();
  proxy.onRequest = (chunk) => {
    if (!chunk.includes(text)) return 'pass';
    reached.resolve();
    return 'hold';
  };
  return reached.promise;
}
function goOn(): void {
  proxy.onRequest = undefined;
  proxy.release();
}
/** The id of the platform's only connection for decisions. */
async function connectionOf(lab: Lab): Promise<number> {
  const [row] = await lab.first.stores.sessions.use((session) =>
    session.rows<{ id: number }>('SELECT CONNECTION_ID() AS id'),
  );
  return row?.id ?? 0;
}

describe.each(strategies)('%s', (strategy) => {
  /** Opens a platform that has one connection for decisions and reaches MySQL through the proxy. */
  let hurt: Lab;
  let other: Lab;
  beforeAll(async () => {
    const env = { LOCK_LEASE_MS: String(leaseMs) };
    hurt = await openLab(
      { ...stores, databaseUrl: proxy.through(stores.databaseUrl) },
      { strategy, env: { ...env, CLAIM_CONNECTIONS: '1' } },
    );
    other = await openLab(stores, { strategy, env });
  });
  afterAll(async () => {
    await hurt[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });
  /** Creates a seeded event whose strategy both processes have looked up. */
  const newEvent = async (stock = 10): Promise<AdminEventView> => {
    const event = await other.createEvent({ stock });
    await Promise.all([hurt, other].map((lab) => lab.first.claims.mine(event.eventId, 'nobody')));
    return event;
  };

  it('releases the lock after a rollback', async () => {
    const event = await newEvent();
    expect(await claim(hurt, event, 'poison')).toBe('error');
    expect(await claim(other, event, 'a')).toBe('1');
    expect(await claim(hurt, event, 'b')).toBe('2');
    expect(await storedOf(event)).toEqual(['1 a', '2 b']);
  });

  it('holds the lock until MySQL answers the commit, so that nobody else decides before then, and answers busy to waiting callers', async () => {
    const event = await newEvent();
    const committing = holdAt(commitCommand);
    const first = claim(hurt, event, 'a');
    await committing;
    expect(await claim(other, event, 'b')).toBe('busy');
    expect(await storedOf(event)).toEqual([]);
    goOn();
    // The call may have timed out even though its claim was stored.
    expect(['1', 'unavailable']).toContain(await first);
    for (const user of ['a', 'b']) await decided(other, event, user);
    expect((await storedOf(event)).map((row) => row.split(' ')[0])).toEqual(['1', '2']);
  });

  it('rolls back if its connection is killed during a decision, and decides the repeated call', async () => {
    const event = await newEvent();
    const connection = await connectionOf(hurt);
    const committing = holdAt(commitCommand);
    const first = claim(hurt, event, 'a');
    await committing;
    await direct.$executeRawUnsafe(`KILL ${connection}`);
    goOn();
    expect(await first).toBe('unavailable');
    expect(await storedOf(event)).toEqual([]);
    expect(await decided(hurt, event, 'a')).toBe('1');
    expect(await decided(other, event, 'b')).toBe('2');
    expect(await storedOf(event)).toEqual(['1 a', '2 b']);
  });

  it('returns the stored claim to a repeated call if the answer to the commit was cut off', async () => {
    const event = await newEvent();
    proxy.onRequest = (chunk, link) => {
      if (chunk.includes(commitCommand)) link.marks.add('commits');
      return 'pass';
    };
    proxy.onReply = (_chunk, link) => (link.marks.has('commits') ? { cutAfter: 0 } : 'pass');
    expect(await claim(hurt, event, 'a')).toBe('unavailable');
    proxy.onRequest = proxy.onReply = undefined;
    expect(await decided(hurt, event, 'a')).toBe('1 again');
    expect(await decided(other, event, 'b')).toBe('2');
    expect(await storedOf(event)).toEqual(['1 a', '2 b']);
  });
});

describe('the lock of db-named-lock', () => {
  const nameOf = ({ eventId }: AdminEventView): string => {
    const database = new URL(stores.databaseUrl).pathname.slice(1);
    return `firstcome_${createHash('sha256').update(`${database}/${eventId}`).digest('hex').slice(0, 48)}`;
  };
  const holderOf = async (event: AdminEventView): Promise<number | null> => {
    const rows = await direct.$queryRaw<{ id: bigint | null }[]>`SELECT IS_USED_LOCK(${nameOf(event)}) AS id`;
    const id = rows[0]?.id ?? null;
    return id === null ? null : Number(id);
  };
  /** Opens a process whose only connection for decisions is unused, so that it has no prepared statements. */
  const openHurt = () =>
    openLab(
      { ...stores, databaseUrl: proxy.through(stores.databaseUrl) },
      { strategy: 'db-named-lock', env: { CLAIM_CONNECTIONS: '1' } },
    );

  it('is taken and released on the connection that decides, which returns to the pool afterwards', async () => {
    await using hurt = await openHurt();
    const event = await hurt.createEvent();
    const connection = await connectionOf(hurt);
    const committing = holdAt(commitCommand);
    const first = claim(hurt, event, 'a');
    await committing;
    expect(await holderOf(event)).toBe(connection);
    goOn();
    expect(await first).toBe('1');
    expect(await holderOf(event)).toBeNull();
    expect(await connectionOf(hurt)).toBe(connection);
  });

  it('is released by closing its connection if the release gets no answer, and the claim still counts', async () => {
    await using hurt = await openHurt();
    const event = await hurt.createEvent();
    proxy.onRequest = (chunk) => (chunk.includes('RELEASE_LOCK') ? { cutAfter: 0 } : 'pass');
    expect(await claim(hurt, event, 'a')).toBe('1');
    proxy.onRequest = undefined;
    await waitFor(async () => (await holderOf(event)) === null, { what: 'the end of the connection' });
    expect(await claim(hurt, event, 'b')).toBe('2');
  });

  it('answers busy to callers that wait for its event, and leaves connections free for other events', async () => {
    await using lab = await openLab(stores, { strategy: 'db-named-lock', env: { CLAIM_WAIT_MS: '200' } });
    const [taken, free] = [await lab.createEvent(), await lab.createEvent()];
    await using holder = await openLab(stores, { strategy: 'db-named-lock' });
    await holder.first.stores.sessions.use(async (session) => {
      await session.rows('SELECT GET_LOCK(?, 0)', [nameOf(taken)]);
      expect(await Promise.all([claim(lab, taken, 'a'), claim(lab, free, 'a')])).toEqual(['busy', '1']);
      session.discard();
    });
    expect(await decided(lab, taken, 'a')).toBe('1');
  });
});

describe.each<StrategyName>(['redis-lock', 'redis-spin-lock'])(
  '%s, if it loses its lock before the commit,',
  (strategy) => {
    const openBoth = async () => {
      const env = { LOCK_LEASE_MS: String(leaseMs) };
      const hurt = await openLab({ ...stores, databaseUrl: proxy.through(stores.databaseUrl) }, { strategy, env });
      const other = await openLab(stores, { strategy, env });
      const close = async () => {
        await hurt[Symbol.asyncDispose]();
        await other[Symbol.asyncDispose]();
      };
      return { hurt, other, [Symbol.asyncDispose]: close };
    };

    it('rolls the claim back', async () => {
      await using both = await openBoth();
      const { hurt, other } = both;
      const event = await other.createEvent();
      expect(await claim(hurt, event, 'warm')).toBe('1');
      const beginning = holdAt('START TRANSACTION');
      const first = claim(hurt, event, 'a');
      await beginning;
      await redis.del(lockKey(event.eventId));
      const lostAtMs = performance.now();
      await waitFor(() => performance.now() - lostAtMs > leaseMs, { what: 'a renewal that finds the lock lost' });
      goOn();
      expect(await first).toBe('busy');
      expect(await storedOf(event)).toEqual(['1 warm']);
      expect(await decided(hurt, event, 'a')).toBe('2');
    });

    it('if it loses its lock during the commit, relies on the unique keys to accept only one claim, and decides the other claim again', async () => {
      await using both = await openBoth();
      const { hurt, other } = both;
      const event = await other.createEvent({ stock: 2 });
      expect(await claim(hurt, event, 'warm')).toBe('1');
      const committing = holdAt(commitCommand);
      const first = claim(hurt, event, 'a');
      await committing;
      await redis.del(lockKey(event.eventId));
      const second = claim(other, event, 'b');
      await waitFor(() => redis.exists(lockKey(event.eventId)), { what: 'a second holder' });
      goOn();
      expect(await first).toBe('2');
      expect(await second).toBe('sold_out');
      expect(await storedOf(event)).toEqual(['1 warm', '2 a']);
    });
  },
);

describe('in processes that use different kinds of lock,', () => {
  /** Different kinds of lock don't exclude each other, so these processes decide at the same time. */
  const openDeciders = (lab: Lab): ClaimStrategy[] =>
    Array.from({ length: 3 }, () =>
      createMySqlDecided(lab.first.stores, 'db-lock', {
        rowLock: 'shared',
        alone: (_eventId, decide, waitMs) =>
          lab.first.stores.sessions.use((session) => decide({ session, stillMine: () => true }), { waitMs }),
      }),
    );

  it('MySQL’s unique keys alone prevent a second claim for any user or serial', async () => {
    await using lab = await openLab(stores, { strategy: 'db-lock' });
    const event = await lab.createEvent({ stock: 15 });
    const deciders = openDeciders(lab);
    const promised: string[] = [];
    const ask = async (userId: string, i: number): Promise<void> => {
      const decider = deciders[i % deciders.length];
      const outcome = await waitFor(
        () =>
          decider?.claim(event.eventId, userId).catch((err: unknown) => {
            if (err instanceof Fault && err.code === 'busy') return undefined;
            throw err;
          }),
        { what: `a decision for ${userId}` },
      );
      if (outcome.status === 'issued') promised.push(`${outcome.serial} ${userId}`);
      else expect(outcome).toEqual({ status: 'sold_out' });
    };
    await Promise.all(users(25).flatMap((userId) => [0, 1].map((i) => ask(userId, i))));
    const stored = await storedOf(event);
    expect(stored.map((row) => Number(row.split(' ')[0]))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(new Set(promised)).toEqual(new Set(stored));
  });
});

it.each(strategies)('%s decides claims of other events while a crowd waits at one event', async (strategy) => {
  await using lab = await openLab(stores, { strategy, env: { CLAIM_CONNECTIONS: '4', CLAIM_WAIT_MS: '1000' } });
  const [hot, quiet] = [await lab.createEvent({ stock: 1_000 }), await lab.createEvent()];
  let over = 0;
  const crowd = Promise.all(users(600).map((user) => claim(lab, hot, user).finally(() => (over += 1))));
  const served: string[] = [];
  while (over < 300) served.push(await claim(lab, quiet, `user-${served.length}`));
  await crowd;
  expect(served.filter((how) => !/^\d+$|^sold_out$/.test(how))).toEqual([]);
  expect(served.length).toBeGreaterThan(0);
});
