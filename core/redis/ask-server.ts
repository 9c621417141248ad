import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import type { HostPort } from './redis-address.ts';

/** If a server does not answer within this time, the answer is not used. */
const limitMs = 700;

/** Asks one server something over a connection of its own. Throws if the server does not answer in time. */
export async function askServer<Answer>(
  at: HostPort,
  { username, password, tls }: { username: string; password: string; tls: ConnectionOptions | null },
  ask: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis({
    ...at,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(tls !== null && { tls }),
    connectionName: 'firstcome-topology',
    ...{ lazyConnect: true, enableReadyCheck: false, enableOfflineQueue: false, maxRetriesPerRequest: 0 },
    ...{ connectTimeout: limitMs, commandTimeout: limitMs, disconnectTimeout: limitMs },
    retryStrategy: () => null,
  });
  let cause: Error | undefined;
  redis.on('error', (err) => (cause = err));
  try {
    await redis.connect();
    return await ask(redis);
  } catch (err) {
    // ioredis throws "Connection is closed", which hides why it was closed.
    throw cause ?? err;
  } finally {
    redis.disconnect();
  }
}
