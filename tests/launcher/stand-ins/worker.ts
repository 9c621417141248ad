// A worker that only stops. To stop, it needs Redis and MariaDB, and it records whether both were still running.
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
// Nobody asks this worker to stop before this line, because the API becomes ready only after the worker.
await redis.set('worker', process.pid);
