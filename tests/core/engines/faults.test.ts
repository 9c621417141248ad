import { describe, expect, it } from 'vitest';
import { realStrategyNames } from '../../../core/events/event.ts';
import { expectHonestErrors, prove } from '../../support/prove.ts';
import { createEvent, crowdAt, someUsers, useApi, useDirect, useWorker } from '../../support/system.ts';
import { useTcpProxy } from '../../support/tcp-proxy.ts';
import { useMariaDbServer, useRedisServer } from '../../support/use-stores.ts';

/**
 * Every strategy must survive these faults: it issues exactly the stock, and every user who was told "issued" has the
 * claim. Each strategy has its own processes and servers here. Users who get no answer ask again.
 */
const redis = useRedisServer();
const mysql = useMariaDbServer();
const redisProxy = useTcpProxy(() => redis.port);
const mysqlProxy = useTcpProxy(() => mysql.port);
const servers = () => ({ redisUrl: redis.url, databaseUrl: mysql.url });
const direct = useDirect(servers);
/** Only `hurt` reaches its stores through the proxies. */
const hurt = useApi(() => ({
  redisUrl: redisProxy.through(redis.url),
  databaseUrl: mysqlProxy.through(mysql.url),
}));
const other = useApi(servers);
useWorker(servers);

const stock = 150;

describe.each(realStrategyNames)('%s', (strategy) => {
  it('loses no coupon if an API process is killed with kill -9 in a burst of claims', async () => {
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

  it('gives nobody another user’s reply if connections are cut in the middle of replies', async () => {
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

  it('stores each claim exactly once if MySQL hangs in a burst of claims, is killed and comes back', async () => {
    const event = await createEvent(other, { stock, strategy });
    const crowd = crowdAt([hurt, other], event, { userIds: someUsers(250), overMs: 800 });
    await crowd.untilIssued(40);
    mysql.pause();
    // If a strategy decides without MySQL, no outcome is unknown, so the crowd may finish first.
    await Promise.race([crowd.untilUnknown(5), crowd.done]);
    await mysql.kill9();
    await mysql.restart();
    await crowd.done;
    expectHonestErrors(crowd.answers);
    await prove(direct, event, { issued: stock, apis: [hurt, other], answers: crowd.answers });
  });

  it('keeps every promise if Redis is killed with kill -9 in a burst of claims', async () => {
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
