import { expect, it } from 'vitest';
import { realStrategyNames } from '../../core/events/event.ts';
import { queueName } from '../../core/jobs/job-queue.ts';
import { queuePrefix } from '../../core/redis/keys.ts';
import { mysqlConnectionsMax } from '../../core/settings/mysql-connections.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  type TestEvent,
} from '../support/system.ts';
import { useMariaDbServer, useRedisServer } from '../support/use-stores.ts';

const redis = useRedisServer();
const mysql = useMariaDbServer();
const servers = () => ({ redisUrl: redis.url, databaseUrl: mysql.url });
/** These pools are smaller than the defaults, so that the test fails if a pool ignores its setting. */
const settings = { databaseUrl: '', claimConnections: 4 };

type Connections = { redis: Record<string, number>; mysql: number };

it('the API and the worker open no more connections to each store than docs/deploy.md says, even under load', async () => {
  await using direct = openDirect(servers());
  const look = async (): Promise<Connections> => {
    const names = [...String(await direct.redis.client('LIST')).matchAll(/ name=(\S*) /g)].map(([, name = '']) => name);
    const ours = names.filter((name) => name !== 'test');
    const [{ count } = { count: 0n }] = await direct.db.$queryRaw<{ count: bigint }[]>`
      SELECT COUNT(*) AS count FROM information_schema.processlist WHERE user = 'firstcome' AND id <> CONNECTION_ID()`;
    const redisCounts = Object.fromEntries(
      [...new Set(ours)].map((name) => [name, ours.filter((each) => each === name).length]),
    );
    return { redis: redisCounts, mysql: Number(count) };
  };
  const env = { CLAIM_CONNECTIONS: String(settings.claimConnections) };
  const databaseUrl = `${mysql.url}?connectionLimit=6`;
  const most = mysqlConnectionsMax({ ...settings, databaseUrl });
  expect(most).toBe(6 + 4 + 2);

  const api = await startApi({ redisUrl: redis.url, databaseUrl, env });
  const events: TestEvent[] = [];
  for (const strategy of realStrategyNames) events.push(await createEvent(api, { stock: 30, strategy }));
  const seen: Connections[] = [await look()];
  for (const event of events) {
    const crowd = crowdAt([api], event, { userIds: someUsers(100), limitMs: 60_000 });
    await crowd.untilIssued(10);
    seen.push(await look());
    await crowd.done;
  }
  seen.push(await look());
  expect(await api.process.stop()).toBe(true);
  expect(Math.max(...seen.map((each) => each.mysql))).toBeLessThanOrEqual(most);
  // The API's third connection, for messages about Redis locks, is open only while a claim waits for a lock that
  // another process holds.
  for (const { redis } of seen) expect(redis).toEqual({ firstcome: 1, 'firstcome-jobs': 1 });

  await using _worker = await startWorker({ redisUrl: redis.url, databaseUrl, env });
  // BullMQ waits for jobs on a separate connection, whose name contains the name of the queue.
  const waiting = `${queuePrefix}:${Buffer.from(queueName).toString('base64')}`;
  // A new connection gets its name only a moment after it opens.
  await expect
    .poll(async () => (await look()).redis, { timeout: 20_000 })
    .toEqual({ firstcome: 1, 'firstcome-jobs': 1, 'firstcome-worker-jobs': 1, [waiting]: 1 });
  expect((await look()).mysql).toBeLessThanOrEqual(most);
});
