// A worker that only stops: it still needs Redis and MariaDB to do so, and records whether they were there.
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
// It can't be stopped before this: the API is ready once the worker is.
await redis.set('worker', process.pid);
