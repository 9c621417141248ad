import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openLab } from '../../support/lab.ts';
import { useRedisServer, useTestDatabase } from '../../support/use-stores.ts';

/** A managed Redis refuses CONFIG. Therefore an operator attests that Redis is durable. */
const redis = useRedisServer();
const database = useTestDatabase();

async function managed(attested?: string) {
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>test', '~*', '&*', '+@all', '-config');
  admin.disconnect();
  const url = new URL(redis.url);
  url.username = 'app';
  return openLab(
    { redisUrl: url.href, databaseUrl: database.databaseUrl },
    { env: attested === undefined ? {} : { REDIS_DURABILITY: attested } },
  );
}

it.each([
  [undefined, 'problem', 'durability: unknown'],
  ['none', 'problem', 'durability: weaker'],
  ['always', 'ok', 'durability: always (attested)'],
  ['replicated', 'ok', 'durability: replicated (attested)'],
  ['memorydb', 'ok', 'durability: memorydb (attested)'],
] as const)('if Redis is attested as %s, its check before an opening is %s', async (attested, state, detail) => {
  await using lab = await managed(attested);
  const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 30_000 });
  await lab.sweep();
  const { readiness } = await lab.first.admin.get(eventId);
  expect(readiness?.checks.find(({ name }) => name === 'redis')).toMatchObject({ state });
  const durability = (await lab.first.health.check()).find(({ name }) => name === 'durability');
  expect(durability?.detail).toContain(detail);
});
