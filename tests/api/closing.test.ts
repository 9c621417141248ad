import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { claimText, heldClaims } from './blocked-claims.ts';
import { parseReply } from './raw-http.ts';
import { openTestApi } from './test-server.ts';

async function dial(
  port: number,
): Promise<{ send(text: string): void; received: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  return { send: (text) => void socket.write(text), received: () => received, closed };
}

// With a query string, a claim goes through tRPC's own adapter instead of the hot lane.
it.each(['/trpc/claim.submit', '/trpc/claim.submit?x=1'])(
  'a closing server answers the requests that have arrived, and then closes the connection (%s)',
  async (target) => {
    const held = heldClaims();
    const api = await openTestApi({ claims: held.claims });
    const client = await dial(api.port);
    client.send(claimText(target));
    await waitFor(() => held.asked() === 1, { what: 'the claim to arrive' });
    const closed = api.api.close();
    expect(api.api.close()).toBe(closed);
    held.decide();
    await client.closed;
    const reply = parseReply(Buffer.from(client.received(), 'latin1'));
    expect(reply).toMatchObject({ status: 200, headers: { connection: ['close'] } });
    await closed;
  },
);

it('a closing server reports that it is not ready, but still serves connected clients', async () => {
  const held = heldClaims();
  const api = await openTestApi({ claims: held.claims, timeouts: { lastCallMs: 60_000 } });
  const [early, late] = [await dial(api.port), await dial(api.port)];
  early.send(claimText('/trpc/claim.submit'));
  await waitFor(() => held.asked() === 1, { what: 'the claim to arrive' });
  const closing = api.api.close();
  const readyz = await fetch(`${api.url}/readyz`);
  expect(readyz.status).toBe(503);
  expect(readyz.headers.get('connection')).toBe('close');
  expect(await readyz.json()).toMatchObject({
    ready: false,
    checks: [{ name: 'redis' }, { name: 'process', ok: false }],
  });
  late.send(claimText('/trpc/claim.submit'));
  await waitFor(() => held.asked() === 2, { what: 'the late claim to arrive' });
  held.decide();
  await Promise.all([early.closed, late.closed]);
  for (const { received } of [early, late]) expect(received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  api.api.hurry();
  await closing;
});

it('a closing server closes silent connections and half-sent requests at once, and accepts no new connections', async () => {
  const api = await openTestApi();
  const silent = await dial(api.port);
  const idle = await dial(api.port);
  idle.send('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await waitFor(() => idle.received().includes('alive'), { what: 'an answer' });
  const halves = await Promise.all(
    [
      'POST /trpc/cl',
      claimText('/trpc/claim.submit').slice(0, -5),
      claimText('/trpc/claim.submit?x=1').slice(0, -5),
    ].map(async (text) => {
      const client = await dial(api.port);
      client.send(text);
      return client;
    }),
  );
  await waitFor(() => connections(api.api.server).then((count) => count === 5), { what: 'five connections' });
  await api.api.close();
  await Promise.all([silent, idle, ...halves].map(({ closed }) => closed));
  expect(api.core.submitted).toEqual([]);
  await expect(fetch(`${api.url}/livez`)).rejects.toThrow();
});

it('opening and closing a server leaves no handle open', async () => {
  const open = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name));
  const before = open().toSorted();
  for (let times = 0; times < 5; times += 1) {
    await using api = await openTestApi({ corsOrigins: ['https://shop.example'] });
    const client = await dial(api.port);
    client.send(claimText('/trpc/claim.submit'));
    await waitFor(() => client.received().includes('issued'), { what: 'an answer' });
    client.send(claimText('/trpc/claim.submit?x=1'));
    await waitFor(() => client.received().includes('"replayed":true'), { what: 'a second answer' });
  }
  await waitFor(() => open().length <= before.length, { what: 'no more resources than before' });
});

function connections(server: {
  getConnections(done: (err: Error | null, count: number) => void): unknown;
}): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((err, count) => (err === null ? resolve(count) : reject(err)));
  });
}
