import { expect, it } from 'vitest';
import type { StrategyName } from '../../core/events/event.ts';
import type { Crowd } from '../support/crowd.ts';
import { expectBounded, expectHonestErrors, prove, toldIssued } from '../support/prove.ts';
import { createEvent, crowdAt, someUsers, useApi, useDirect, type TestEvent } from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useMariaDbServer, useRedisServer } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Each fault hits one sale of each strategy at the same time. The sales share their processes, and every sale must
 * survive.
 */
const strategies: StrategyName[] = ['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'];

const redis = useRedisServer();
const mysql = useMariaDbServer();
const mysqlProxy = useTcpProxy(() => mysql.port);
// The leases are short, because calls wait until the locks of a dead process expire.
const servers = () => ({ redisUrl: redis.url, databaseUrl: mysql.url, env: { LOCK_LEASE_MS: '1000' } });
const direct = useDirect(servers);
/** `hurt` is the process that a test damages. It reaches MySQL through the proxy. */
const hurt = useApi(() => ({ ...servers(), databaseUrl: mysqlProxy.through(mysql.url) }));
const other = useApi(servers);

type Sale = { event: TestEvent; crowd: Crowd };

async function openSales({ stock, users, overMs }: { stock: number; users: number; overMs: number }): Promise<Sale[]> {
  const events = await Promise.all(strategies.map((strategy) => createEvent(other, { stock, strategy })));
  return events.map((event) => ({
    event,
    crowd: crowdAt([hurt, other], event, { userIds: someUsers(users), overMs }),
  }));
}
const untilIssued = (sales: Sale[], count: number): Promise<void[]> =>
  Promise.all(sales.map(({ crowd }) => crowd.untilIssued(count)));

async function proveAll(sales: Sale[]): Promise<void> {
  await Promise.all(sales.map(({ crowd }) => crowd.done));
  for (const { event, crowd } of sales) {
    expectBounded(crowd.answers);
    expectHonestErrors(crowd.answers);
    await prove(direct, event, { issued: event.stock, apis: [hurt, other], answers: crowd.answers });
  }
}

it('after a SIGSTOP of a process inside its transactions, the other processes continue and nothing is sold twice', async () => {
  const events = await Promise.all(strategies.map((strategy) => createEvent(other, { stock: 5, strategy })));
  const warm = events.map((event) => crowdAt([hurt, other], event, { userIds: someUsers(2) }));
  await Promise.all(warm.map(({ done }) => done));

  let committing = 0;
  mysqlProxy.onRequest = (chunk) => {
    // A COMMIT on the wire, with the byte that marks a query. COMMIT alone would also match READ-COMMITTED, which new
    // connections send.
    if (!chunk.includes('\u0003COMMIT')) return 'pass';
    committing += 1;
    return 'hold';
  };
  const stopped = events.map((event) => crowdAt([hurt], event, { userIds: someUsers(1) }));
  await waitFor(() => committing === events.length, { what: 'a transaction of each strategy' });
  hurt.process.signal('SIGSTOP');
  const meanwhile = events.map((event) => crowdAt([other], event, { userIds: someUsers(2) }));
  await Promise.all(meanwhile.map(({ done }) => done));
  for (const { answers } of meanwhile) expect(toldIssued(answers)).toHaveLength(2);

  mysqlProxy.onRequest = undefined;
  mysqlProxy.release();
  hurt.process.signal('SIGCONT');
  await Promise.all(stopped.map(({ done }) => done));
  for (const [i, event] of events.entries()) {
    const answers = [...(warm[i]?.answers ?? []), ...(meanwhile[i]?.answers ?? []), ...(stopped[i]?.answers ?? [])];
    await prove(direct, event, { issued: 5, apis: [hurt, other], answers });
  }
});

it('during a SIGSTOP of MySQL in a burst of claims, calls get 503 or 429 in time, and every claim is stored once', async () => {
  const sales = await openSales({ stock: 60, users: 80, overMs: 1_500 });
  await untilIssued(sales, 10);
  mysql.pause();
  await Promise.all(sales.map(({ crowd }) => crowd.untilUnknown(5)));
  mysql.resume();
  await proveAll(sales);
});

it('after a kill -9 of Redis in a burst of claims, strategies that need only MySQL continue, and the other strategies resume once Redis is back', async () => {
  const sales = await openSales({ stock: 60, users: 80, overMs: 1_500 });
  await untilIssued(sales, 10);
  await redis.kill9();
  await Promise.all(sales.slice(2).map(({ crowd }) => crowd.untilUnknown(1)));
  await Promise.all(sales.slice(0, 2).map(({ crowd }) => crowd.done));
  await redis.restart();
  await proveAll(sales);
});
