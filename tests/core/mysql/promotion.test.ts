import { describe, expect, it, vi } from 'vitest';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { openDb } from '../../../core/mysql/open-db.ts';
import { openSessions } from '../../../core/mysql/sessions.ts';
import { openLab, users } from '../../support/lab.ts';
import { useResource } from '../../support/use-resource.ts';
import { useMariaDbServer, useTestRedis } from '../../support/use-stores.ts';

/**
 * A demoted MySQL primary becomes read-only and keeps its connections. Claims that it refuses must be stored later.
 * Processes must close these connections, because the address now leads to another server.
 */
vi.setConfig({ testTimeout: 60_000 });

const redis = useTestRedis();
const server = useMariaDbServer();
const admin = useResource('an administrator', async () => {
  const db = openDb(server.url, { poolMax: 1 });
  // A user without privileges, because an administrator may write despite `read_only`.
  await db.$executeRawUnsafe("CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'test'");
  await db.$executeRawUnsafe("GRANT SELECT, INSERT, UPDATE, DELETE ON firstcome.* TO shop@'127.0.0.1'");
  return {
    setReadOnly: (on: boolean) => db.$executeRawUnsafe(`SET GLOBAL read_only = ${on ? 1 : 0}`),
    faults: async () => Number((await db.$queryRaw<{ n: bigint }[]>`SELECT COUNT(*) AS n FROM claim_faults`)[0]?.n),
    [Symbol.asyncDispose]: () => db.$disconnect(),
  };
});
const shopUrl = (): string => {
  const url = new URL(server.url);
  [url.username, url.password] = ['shop', 'test'];
  return url.href;
};

describe.each(realStrategyNames)('%s', (strategy) => {
  it('sells exactly the stock to users who call again if MySQL is read-only for part of the sale', async () => {
    await using lab = await openLab(
      { redisUrl: redis.redisUrl, databaseUrl: shopUrl() },
      { platformCount: 2, strategy },
    );
    const { eventId } = await lab.createEvent({ stock: 30 });
    await lab.race(eventId, users(10));
    await admin.setReadOnly(true);
    const racing = lab.race(eventId, users(40));
    // Continues once MySQL has refused: either the drain has failed, or several calls have ended with an unknown
    // outcome.
    try {
      if (strategy === 'redis-stream') {
        await racing;
        await expect(drainOutbox(lab.first.stores, eventId, 1)).rejects.toThrow();
      } else {
        await expect
          .poll(() => lab.answersOf(eventId).filter(({ outcome }) => outcome.status === 'unknown').length)
          .toBeGreaterThan(5);
      }
    } finally {
      await admin.setReadOnly(false);
    }
    // Sweeps as a worker does, because the sweep settles numbers whose writers gave up.
    const sweeping = setInterval(() => void lab.sweep().catch(() => undefined), 1_000);
    await racing.finally(() => clearInterval(sweeping));
    await lab.sweep();
    await lab.prove(eventId, { issued: 30 });
    expect(await admin.faults()).toBe(0);
  });
});

it('a connection is closed if its server turns out to be read-only, so that the next connection reaches the promoted server', async () => {
  const sessions = openSessions(shopUrl(), { connectionsMax: 1, waitMs: 1_000 });
  const db = openDb(shopUrl(), { poolMax: 1 });
  const write = 'DELETE FROM claim_faults WHERE 1 = 0';
  const ids = async () =>
    [
      await sessions.use((session) => session.rows<{ id: number }>('SELECT CONNECTION_ID() AS id')),
      await db.$queryRaw<{ id: bigint }[]>`SELECT CONNECTION_ID() AS id`,
    ].map(([row]) => Number(row?.id));
  try {
    const before = await ids();
    expect(await ids()).toEqual(before);
    await admin.setReadOnly(true);
    await expect(sessions.use((session) => session.run(write))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(db.$executeRawUnsafe(write)).rejects.toThrow();
    await admin.setReadOnly(false);
    const after = await ids();
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  } finally {
    await admin.setReadOnly(false);
    await Promise.all([sessions.close(), db.$disconnect()]);
  }
});
