import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openConsumerRedis,
  openProducerRedis,
  openRedis,
  openSubscriberRedis,
  openToolRedis,
} from '../../../core/redis/open-redis.ts';
import { isReplicaReply } from '../../../core/redis/primary.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { startRedisPair, type RedisPair } from '../../support/redis-pair.ts';
import { waitFor } from '../../support/wait-for.ts';

const log = createLog('api', 'silent');
let pair: RedisPair;
beforeEach(async () => {
  pair = await startRedisPair();
});
afterEach(() => pair[Symbol.asyncDispose]());

const processOf = async (redis: Redis): Promise<string> =>
  /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? 'none';
const idOf = async (redis: Redis): Promise<string> =>
  `${await processOf(redis)}:${/^master_replid:(\w+)/m.exec(await redis.info('replication'))?.[1] ?? ''}`;
const timesCalled = async (redis: Redis, command: string): Promise<number> =>
  Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(await redis.info('commandstats'))?.[1] ?? 0);

describe('a server that has become a replica', () => {
  it('is abandoned at its first READONLY reply, even inside a script, and the command is not sent again', async () => {
    const { first, second } = pair;
    const link = openRedis(pair.url, 'firstcome-test', log);
    expect(await link.waitForReady(5_000)).toBe(true);
    const before = link.runId();
    await pair.follow(second, first);
    await pair.promote(second);
    pair.address.targetPort = second.server.port;
    // This test does not use `pair.failOver`, because the command must follow the demotion immediately. Otherwise the
    // process could notice the demotion first.
    await first.redis.call('REPLICAOF', '127.0.0.1', String(second.server.port));
    await expect(link.client.eval("return redis.call('SET', KEYS[1], '1')", 1, 'key')).rejects.toThrow(
      /READONLY|Connection is closed|writeable/,
    );
    await waitFor(() => link.runId() !== undefined && link.runId() !== before, { what: 'the new primary' });
    expect(link.runId()).toBe(await idOf(second.redis));
    expect(await timesCalled(second.redis, 'eval')).toBe(0);
    expect(await second.redis.exists('key')).toBe(0);
    await link.close();
  });

  it.each([
    ['the link that decides claims', (url: string) => openRedis(url, 'firstcome-test', log).client],
    ['the producer of jobs', openProducerRedis],
    ['the consumer of jobs', openConsumerRedis],
    ['the subscriber', openSubscriberRedis],
    ['a tool', openToolRedis],
  ])('is abandoned by %s, even if nothing is being sent', async (_, open) => {
    const { first, second } = pair;
    const client = open(pair.url);
    client.on('error', () => undefined);
    if (client.status === 'wait') await client.connect();
    await waitFor(() => client.status === 'ready', { what: 'the connection' });
    await pair.follow(second, first);
    pair.address.targetPort = second.server.port;
    await pair.failOver(first, second);
    const secondId = await processOf(second.redis);
    const connectedTo = (): Promise<string> => (client.status === 'ready' ? processOf(client) : Promise.resolve(''));
    await waitFor(async () => (await connectedTo().catch(() => '')) === secondId, { what: 'the new primary' });
    client.disconnect();
  });

  it('gets no command even if the address leads to it, is tried less and less often, and is logged', async () => {
    const { first, second } = pair;
    await pair.follow(second, first);
    pair.address.targetPort = second.server.port;
    const link = openRedis(pair.url, 'firstcome-test', log);
    const pauses: number[] = [];
    let ready = false;
    link.client.on('ready', () => (ready = true));
    link.client.on('reconnecting', (pauseMs: number) => pauses.push(pauseMs));
    await waitFor(() => pauses.length >= 11, { what: 'eleven attempts' });
    expect(pauses.slice(0, 11)).toEqual([50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 500]);
    expect(ready).toBe(false);
    expect(link.runId()).toBeUndefined();
    expect(link.whyNot()).toBe(`Redis at this address is a replica of 127.0.0.1:${first.server.port}`);
    await expect(link.client.get('key')).rejects.toThrow();
    pair.address.targetPort = first.server.port;
    expect(await link.waitForReady(5_000)).toBe(true);
    expect(link.runId()).toBe(await idOf(first.redis));
    await link.close();
  });

  it('is tried less and less often even if it calls itself a primary while it rejects writes', async () => {
    const { first } = pair;
    const link = openRedis(pair.url, 'firstcome-test', log);
    const pauses: number[] = [];
    link.client.on('reconnecting', (pauseMs: number) => pauses.push(pauseMs));
    const refuse = "return redis.error_reply('READONLY You can\\'t write against a read only replica.')";
    for (let times = 1; times <= 4; times += 1) {
      expect(await link.waitForReady(5_000)).toBe(true);
      await Promise.allSettled([link.client.eval(refuse, 0), link.client.eval(refuse, 0)]);
      await waitFor(() => pauses.length === times, { what: 'the end of the connection' });
    }
    expect(pauses).toEqual([50, 100, 150, 200]);
    expect(await timesCalled(first.redis, 'eval')).toBe(8);
    await link.close();
  });
});

it.each([
  ["READONLY You can't write against a read only replica.", true],
  ["READONLY You can't write against a read only replica. script: 7b8a, on @user_script:2.", true],
  [
    "ERR Error running script (call to f_7b8a): @user_script:2: -READONLY You can't write against a read only replica.",
    true,
  ],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true],
  ['NOREPLICAS Not enough good replicas to write.', false],
  ['LOADING Redis is loading the dataset in memory', false],
  ['CLUSTERDOWN The cluster is down', false],
  ["OOM command not allowed when used memory > 'maxmemory'.", false],
  ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.', false],
  ["ERR unknown command 'READONLY', with args beginning with: ", false],
])('the reply %j can only come from a replica: %s', (message, expected) => {
  expect(isReplicaReply(new Error(message))).toBe(expected);
});

describe('a primary', () => {
  it.each([
    ['NOREPLICAS', (redis: Redis) => redis.config('SET', 'min-replicas-to-write', '1')],
    ['OOM', (redis: Redis) => redis.config('SET', 'maxmemory', '1')],
    [
      'MISCONF',
      async (redis: Redis) => {
        // If a directory replaces the dump file, saving fails.
        mkdirSync(join(pair.first.server.directory, 'dump.rdb', 'in-the-way'), { recursive: true });
        await redis.config('SET', 'save', '3600 1');
        await redis.bgsave();
        const failed = async () => /rdb_last_bgsave_status:err/.test(await redis.info('persistence'));
        await waitFor(failed, { what: 'the failed save' });
      },
    ],
  ])('keeps its connection after it answers %s', async (code, provoke) => {
    const { redis } = pair.first;
    const link = openRedis(pair.url, 'firstcome-test', log);
    expect(await link.waitForReady(5_000)).toBe(true);
    const [connection, runId] = [await link.client.client('ID'), link.runId()];
    await provoke(redis);
    const write = (): Promise<unknown> => link.client.eval("return redis.call('SET', KEYS[1], '1')", 1, 'key');
    await expect(write()).rejects.toThrow(code);
    expect(await link.identify()).toBe(runId);
    expect(await link.client.client('ID')).toBe(connection);
    await link.close();
  });
});

it('a primary counts as replicated once it has had a replica, however much it had written before', async () => {
  const { first, second } = pair;
  const link = openRedis(pair.url, 'firstcome-test', log);
  expect(await link.waitForReady(5_000)).toBe(true);
  for (let i = 0; i < 20; i += 1) await link.client.set('key', i);
  await link.identify();
  expect(link.isReplicated()).toBe(false);
  await pair.follow(second, first);
  await link.identify();
  expect(link.isReplicated()).toBe(true);
  await second.redis.call('REPLICAOF', 'NO', 'ONE');
  const replicas = async () => /^connected_slaves:(\d+)/m.exec(await first.redis.info('replication'))?.[1];
  await waitFor(async () => (await replicas()) === '0', { what: 'the replica to leave' });
  await link.identify();
  expect(link.isReplicated()).toBe(true);
  await link.close();
});

describe('a primary’s identity', () => {
  it('changes if the primary was demoted and promoted again, even if its process is the same', async () => {
    const { first, second } = pair;
    const link = openRedis(pair.url, 'firstcome-test', log);
    expect(await link.waitForReady(5_000)).toBe(true);
    const before = link.runId();
    const process = await processOf(first.redis);
    await pair.follow(second, first);
    const attached = await link.identify();
    await pair.failOver(first, second);
    await pair.failOver(second, first);
    await waitFor(() => link.runId() !== undefined && link.runId() !== attached, { what: 'the promotion' });
    expect(await processOf(first.redis)).toBe(process);
    expect(link.runId()).toBe(await idOf(first.redis));
    expect(link.runId()).not.toBe(before);
    await link.close();
  });

  it('is the same on connections from before and after the first replica, as soon as either connection asks for it', async () => {
    const { first, second } = pair;
    const early = openRedis(pair.url, 'firstcome-test', log);
    expect(await early.waitForReady(5_000)).toBe(true);
    await pair.follow(second, first);
    const late = openRedis(pair.url, 'firstcome-test', log);
    expect(await late.waitForReady(5_000)).toBe(true);
    expect(await early.identify()).toBe(late.runId());
    await Promise.all([early.close(), late.close()]);
  });
});
