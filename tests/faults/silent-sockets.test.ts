import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createHttpPool } from '../../proof/flash-sale/http-pool.ts';
import { prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  readChecks,
  someUsers,
  startApi,
  startWorker,
  type ApiProcess,
} from '../support/system.ts';
import { useRedisServer, useTestDatabase } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const redis = useRedisServer();
const database = useTestDatabase();
const servers = () => ({ redisUrl: redis.url, databaseUrl: database.databaseUrl });

type Attack = Disposable & { open(): number; opened(): number };

/** Keeps this many silent connections open from each address, and opens a new one for each that is closed. */
function holdSilentSockets(api: ApiProcess, addresses: string[], ofEach: number): Attack {
  const sockets = new Set<Socket>();
  const { host, port } = api.address;
  let opened = 0;
  const refill = (): void => {
    for (const localAddress of addresses) {
      const held = [...sockets].filter((socket) => socket.localAddress === localAddress || socket.connecting).length;
      for (let missing = Math.min(ofEach - held, 100); missing > 0; missing -= 1) {
        const socket = connect({ host, port, localAddress });
        sockets.add(socket);
        opened += 1;
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
      }
    }
  };
  const timer = setInterval(refill, 50);
  refill();
  return {
    open: () => sockets.size,
    opened: () => opened,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

const descriptorsOf = (api: ApiProcess): number => readdirSync(`/proc/${api.process.pid}/fd`).length;

it('while silent sockets use up all connections, Redis reconnects after a restart and a sale issues exactly its stock', async () => {
  await using direct = openDirect(servers());
  await using api = await startApi({ ...servers(), descriptors: 256 });
  await using worker = await startWorker(servers());
  const event = await createEvent(api, { stock: 40 });
  const addresses = Array.from({ length: 4 }, (_, at) => `127.66.0.${at + 1}`);
  using attack = holdSilentSockets(api, addresses, 100);
  await waitFor(() => attack.opened() > 1_000, { what: 'the attack to use up all connections' });
  await redis.kill9();
  await waitFor(async () => (await readChecks(api))['redis']?.ok === false, { what: 'the API to lose Redis' });
  await redis.restart();
  await waitFor(async () => (await readChecks(api))['redis']?.ok === true, { what: 'the API to reach Redis again' });
  const crowd = crowdAt([api], event, { userIds: someUsers(60), overMs: 1_000 });
  await crowd.done;
  await prove(direct, event, { issued: 40, apis: [api], answers: crowd.answers });
  expect(descriptorsOf(api)).toBeLessThan(256);
  expect(api.process.output().match(/"event":"connections_closed"/g)).toHaveLength(1);
  expect(worker.isRunning()).toBe(true);
});

it('silent sockets from one address do not block other addresses, and are counted', async () => {
  await using api = await startApi(servers());
  using attack = holdSilentSockets(api, ['127.66.1.1'], 1_000);
  await waitFor(() => attack.opened() > 2_000, { what: 'the attack to use up all connections' });
  for (const path of ['/livez', '/readyz']) {
    expect([path, (await fetch(`${api.url}${path}`)).status]).toEqual([path, 200]);
  }
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  expect(value('firstcome_http_connections_closed_total\\{reason="address"\\}')).toBeGreaterThan(700);
  expect(value('firstcome_http_connections\\{state="fresh"\\}')).toBeLessThan(300);
});

it.each([
  ['many addresses', {}, undefined],
  ['one trusted proxy', { TRUSTED_PROXIES: '127.66.2.2' }, '127.66.2.2'],
])('a burst of 5,000 honest connections from %s loses none of them', async (_from, env, localAddress) => {
  await using api = await startApi({ ...servers(), env });
  const sent = 5_000;
  const pool = createHttpPool({ ...api.address, connectionsMax: sent, timeoutMs: 20_000, localAddress });
  const request = `GET /livez HTTP/1.1\r\nHost: ${api.address.host}\r\n\r\n`;
  try {
    const results = await Promise.all(Array.from({ length: sent }, () => pool.call(request)));
    const lost = results.flatMap(({ reply }) => (reply instanceof Error ? [reply.message] : []));
    expect(lost).toEqual([]);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^firstcome_http_connections\{state="used"\} 500[01]$/m);
  } finally {
    pool.close();
  }
});
