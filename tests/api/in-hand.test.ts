import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { claimText, heldClaims } from './blocked-claims.ts';
import { dialFrom, livez } from './dial.ts';
import { openTestApi } from './test-server.ts';

const serials = (text: string): number[] => [...text.matchAll(/"serial":(\d+)/g)].map(([, serial]) => Number(serial));

it.each(['/trpc/claim.submit', '/trpc/claim.submit?x=1'])(
  '100 claims on one connection run 8 at a time, and their answers come in order (%s)',
  async (target) => {
    const held = heldClaims();
    await using api = await openTestApi({ claims: held.claims });
    const client = await dialFrom('127.0.0.1', api.port);
    client.send(claimText(target).repeat(100));
    for (let answers = 0; answers < 100; answers += 1) {
      const inHand = Math.min(answers + 8, 100);
      await waitFor(() => held.asked() >= inHand, { what: `${inHand} claims to reach core` });
      expect(held.asked()).toBe(inHand);
      held.decideNext();
    }
    await waitFor(() => serials(client.received()).length === 100, { what: 'all answers' });
    expect(serials(client.received())).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    client.send(livez);
    await waitFor(() => client.received().includes('alive'), { what: 'an answer to one more claim' });
  },
);

it('the server stops reading from a client that never stops sending while 8 claims of that client run, and resumes once they are answered', async () => {
  const held = heldClaims();
  await using api = await openTestApi({ claims: held.claims });
  const accepted = once(api.api.server, 'connection');
  const client = await dialFrom('127.0.0.1', api.port);
  const [server] = (await accepted) as [Socket];
  const claims = 2_000;
  client.send(claimText().repeat(claims));
  await waitFor(() => held.asked() === 8, { what: 'eight claims' });
  // Once the later clients have their answers, the server has read everything that it will read from this client.
  for (let times = 0; times < 20; times += 1) {
    const other = await dialFrom('127.0.0.1', api.port);
    other.send(livez);
    await waitFor(() => other.received().includes('alive'), { what: 'an answer' });
  }
  expect(held.asked()).toBe(8);
  // Node reads up to 64 KiB at once, and may already have begun the next read.
  expect(server.bytesRead).toBeLessThanOrEqual(2 * 65_536);
  expect(client.socket.bytesWritten).toBeGreaterThan(8 * 65_536);
  const deciding = setInterval(() => held.decide(), 0);
  await waitFor(() => serials(client.received()).length === claims, { what: 'all answers' });
  clearInterval(deciding);
});

it('a request that had to wait is answered even if the rest of its body arrives later', async () => {
  const held = heldClaims();
  await using api = await openTestApi({ claims: held.claims });
  const client = await dialFrom('127.0.0.1', api.port);
  client.send(claimText().repeat(9).slice(0, -5));
  await waitFor(() => held.asked() === 8, { what: 'eight claims' });
  client.send(claimText().slice(-5) + claimText());
  held.decide();
  await waitFor(() => held.asked() === 10, { what: 'the ninth and the tenth claim' });
  held.decide();
  await waitFor(() => serials(client.received()).length === 10, { what: 'all answers' });
});

it('requests that wait when the server closes are not started, because the server could no longer send the answers', async () => {
  const held = heldClaims();
  await using api = await openTestApi({ claims: held.claims, timeouts: { lastCallMs: 60_000 } });
  const client = await dialFrom('127.0.0.1', api.port);
  client.send(claimText().repeat(20));
  await waitFor(() => held.asked() === 8, { what: 'eight claims' });
  const closing = api.api.close();
  held.decide();
  await waitFor(() => !client.isOpen(), { what: 'the connection to end' });
  expect(serials(client.received())).toEqual([1]);
  expect(held.asked()).toBe(8);
  api.api.hurry();
  await closing;
});
