import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realStrategyNames } from '../../../core/events/event.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import type { TestProcess } from '../../support/processes.ts';
import { expectHonestErrors, prove } from '../../support/prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  type ApiProcess,
  type DirectStores,
} from '../../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { startMariaDb, startRedis, type TestServer } from '../../support/test-servers.ts';

/**
 * What every strategy must live through, with processes and servers of its own: exactly the stock is issued in the end,
 * everybody who was told "issued" has it, and whoever got no answer asks again.
 */
let redis: TestServer;
let mysql: TestServer;
let direct: DirectStores;
let redisProxy: TcpProxy;
let mysqlProxy: TcpProxy;
/** The one that gets hurt, whose stores are behind the proxies, and one beside it. */
let hurt: ApiProcess;
let other: ApiProcess;
let worker: TestProcess;

beforeAll(async () => {
  [redis, mysql] = await Promise.all([startRedis(), startMariaDb()]);
  const stores = { redisUrl: redis.url, databaseUrl: mysql.url };
  await migrate(stores);
  direct = openDirect(stores);
  [redisProxy, mysqlProxy] = await Promise.all([startTcpProxy(redis.port), startTcpProxy(mysql.port)]);
  const behindProxies = {
    redisUrl: redisProxy.through(stores.redisUrl),
    databaseUrl: mysqlProxy.through(stores.databaseUrl),
  };
  [hurt, other, worker] = await Promise.all([startApi(behindProxies), startApi(stores), startWorker(stores)]);
});
afterAll(async () => {
  await Promise.all([hurt, other, worker].map((process) => process[Symbol.asyncDispose]()));
  await Promise.all([redisProxy, mysqlProxy].map((proxy) => proxy[Symbol.asyncDispose]()));
  await direct[Symbol.asyncDispose]();
  await Promise.all([redis, mysql].map((server) => server[Symbol.asyncDispose]()));
});

const stock = 150;

describe.each(realStrategyNames)('%s', (strategy) => {
  it('kill -9 of an API process in the burst: no coupon is lost with it', async () => {
    const event = await createEvent(other, { stock, strategy });
    const crowd = crowdAt([hurt, other], event, { userIds: someUsers(250), overMs: 800 });
    for (const issued of [30, 90]) {
      await crowd.untilIssued(issued);
      await hurt.process.kill9();
      await hurt.restart();
    }
    await crowd.done;
    expectHonestErrors(crowd.answers);
    await prove(direct, event, { issued: stock, apis: [hurt, other], answers: crowd.answers });
  });

  it('connections cut in the middle of replies: nobody gets the reply of another', async () => {
    const event = await createEvent(other, { stock, strategy });
    let replies = 0;
    const cutSome = (chunk: Buffer) => {
      replies += 1;
      return replies % 40 === 0 ? { cutAfter: Math.floor(chunk.length / 2) } : 'pass';
    };
    redisProxy.onReply = mysqlProxy.onReply = cutSome;
    const crowd = crowdAt([hurt, other], event, { userIds: someUsers(250), overMs: 800 });
    await crowd.done.finally(() => {
      redisProxy.onReply = mysqlProxy.onReply = undefined;
    });
    expectHonestErrors(crowd.answers);
    await prove(direct, event, { issued: stock, apis: [hurt, other], answers: crowd.answers });
  });

  it('MySQL hangs in the burst, dies and comes back: what was begun is there once', async () => {
    const event = await createEvent(other, { stock, strategy });
    const crowd = crowdAt([hurt, other], event, { userIds: someUsers(250), overMs: 800 });
    await crowd.untilIssued(40);
    mysql.pause();
    // A strategy that does without MySQL has nothing that is unknown.
    await Promise.race([crowd.untilUnknown(5), crowd.done]);
    await mysql.kill9();
    await mysql.restart();
    await crowd.done;
    expectHonestErrors(crowd.answers);
    await prove(direct, event, { issued: stock, apis: [hurt, other], answers: crowd.answers });
  });

  it('kill -9 of Redis in the burst: what was told stands', async () => {
    const event = await createEvent(other, { stock, strategy });
    const crowd = crowdAt([hurt, other], event, { userIds: someUsers(250), overMs: 800 });
    await crowd.untilIssued(40);
    await redis.kill9();
    await redis.restart();
    await crowd.done;
    expectHonestErrors(crowd.answers);
    expect(crowd.answers.filter(({ outcome }) => outcome.status === 'issued').length).toBeGreaterThanOrEqual(stock);
    await prove(direct, event, { issued: stock, apis: [hurt, other], answers: crowd.answers });
  });
});
