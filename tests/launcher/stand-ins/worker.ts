// A worker that does nothing but stop: it still needs Redis and MariaDB then, and says whether they were there.
import { appendFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { createConnection } from 'mariadb';

const { DATABASE_URL, REDIS_URL, STAND_IN_JOURNAL } = process.env;
const redis = new Redis(REDIS_URL ?? '');
redis.on('error', () => undefined);

async function serversAnswer(): Promise<boolean> {
  const { hostname, port, username, password } = new URL(DATABASE_URL ?? '');
  try {
    await redis.del('worker');
    await (await createConnection({ host: hostname, port: Number(port), user: username, password })).end();
    return true;
  } catch {
    return false;
  }
}

process.on('SIGTERM', () => {
  void serversAnswer().then((there) => {
    if (STAND_IN_JOURNAL !== undefined) {
      appendFileSync(STAND_IN_JOURNAL, `worker: stopped, servers ${there ? 'there' : 'gone'}\n`);
    }
    redis.disconnect();
  });
});
// Only now can it be told to stop: the API is ready when the worker is.
await redis.set('worker', process.pid);
