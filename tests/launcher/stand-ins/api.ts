// A small API for tests of the launcher. It is ready at once, and takes a long time to finish the calls that it has
// accepted.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const { HOST, OPS_HOST, OPS_PORT, PORT, REDIS_URL, STAND_IN_JOURNAL } = process.env;
const redis = new Redis(REDIS_URL ?? '');
redis.on('error', () => undefined);
const note = (line: string) => {
  if (STAND_IN_JOURNAL !== undefined) appendFileSync(STAND_IN_JOURNAL, `${line}\n`);
};

async function answer(path: string, body: () => Promise<string>): Promise<string> {
  switch (path) {
    case '/readyz':
      return (await redis.exists('worker')) === 1 ? 'ready' : 'waiting for the worker';
    case '/slow':
      note('api: accepted');
      await sleep(700);
      await redis.incr('finished');
      return 'finished';
    case '/trpc/admin.event.list':
      return result({ events: Array.from({ length: Number(await redis.get('events')) }, () => ({})) });
    case '/trpc/admin.event.create': {
      note(`api: event created ${await body()}`);
      await redis.incr('events');
      return result({ id: 'ev_demo', opensAt: '2099-09-01T10:00:00.000Z' });
    }
    case '/count':
      return String(await redis.incr('count'));
    default:
      return path;
  }
}

const result = (data: object): string => JSON.stringify({ result: { data } });

const open = (prefix: string) =>
  createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    void answer(path, () => text(request)).then((said) =>
      response.writeHead(said.startsWith('waiting') ? 503 : 200).end(`${prefix}${said}`),
    );
  });
const server = open('');
server.listen(Number(PORT), HOST);
const ops = OPS_PORT === undefined || OPS_PORT === '' ? undefined : open('ops: ');
ops?.listen(Number(OPS_PORT), OPS_HOST ?? HOST);

process.on('SIGTERM', () => {
  note('api: told to stop');
  ops?.close();
  ops?.closeAllConnections();
  server.close(() => {
    note('api: stopped');
    redis.disconnect();
  });
  server.closeIdleConnections();
});
