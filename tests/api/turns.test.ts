import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurns } from '../../api/turns.ts';
import { waitFor } from '../support/wait-for.ts';
import { dialSome } from './dial.ts';
import { createInMemoryCore } from './in-memory.ts';
import { openTestApi } from './test-server.ts';
import { adminToken } from './tokens.ts';

describe('requests that take turns', () => {
  const open = () => {
    const takeTurn = createTurns(10);
    const begun: string[] = [];
    return {
      begun,
      take: (name: string, calls: number) => takeTurn(calls, () => void begun.push(name)),
      /** Returns the requests that have started since the previous call of this function. */
      seen: () => begun.splice(0),
    };
  };

  it('start at once while the current turn has room', async () => {
    const { take, seen } = open();
    for (let round = 0; round < 2; round += 1) {
      take('a', 4);
      take('b', 6);
      expect(seen()).toEqual(['a', 'b']);
      await nextTurn();
    }
  });

  it('wait in order of arrival, and a small request does not overtake a large one that is waiting', async () => {
    const { take, seen } = open();
    for (const [name, calls] of [
      ['a', 5],
      ['b', 10],
      ['c', 5],
      ['d', 5],
      ['e', 1],
    ] as const)
      take(name, calls);
    expect(seen()).toEqual(['a']);
    await nextTurn();
    expect(seen()).toEqual(['b']);
    await nextTurn();
    expect(seen()).toEqual(['c', 'd']);
    take('f', 1);
    await nextTurn();
    expect(seen()).toEqual(['e', 'f']);
  });

  it('get a turn of their own if they are larger than a turn', async () => {
    const { take, seen } = open();
    take('large', 50);
    take('small', 1);
    expect(seen()).toEqual(['large']);
    await nextTurn();
    expect(seen()).toEqual(['small']);
  });
});

/** A batch of ten calls. The batch goes through tRPC's own adapter. */
const paths = [...Array.from({ length: 9 }, () => 'event.get'), 'clock.get'].join(',');
const inputs = encodeURIComponent(
  JSON.stringify({ ...Array.from({ length: 9 }, () => ({ eventId: 'nobody-knows-it' })) }),
);
const batch = `GET /trpc/${paths}?batch=1&input=${inputs} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

it('an admin call that arrives behind the batches of a crowd does not wait for all of those batches', async () => {
  const core = createInMemoryCore();
  let asked = 0;
  let askedBefore: number | null = null;
  await using api = await openTestApi({
    events: { ...core.events, get: (eventId) => ((asked += 1), core.events.get(eventId)) },
    admin: { ...core.admin, get: (...args) => ((askedBefore = asked), core.admin.get(...args)) },
  });
  const crowd = await dialSome(40, '127.0.0.1', api.port);
  const [admin] = await dialSome(1, '127.0.0.1', api.port);
  for (const client of crowd) client.send(batch);
  const input = encodeURIComponent(JSON.stringify({ eventId: 'open' }));
  admin?.send(
    `GET /trpc/admin.event.get?input=${input} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${adminToken('viewer')}\r\n\r\n`,
  );
  await waitFor(() => asked === 40 * 9 && askedBefore !== null, { what: 'all calls to arrive' });
  expect(askedBefore).toBeLessThan(20 * 9);
  await waitFor(() => crowd.every((client) => client.received().includes('207')), { what: 'all answers' });
});

it('a batch is not started if its client leaves while the batch waits for its turn', async () => {
  const core = createInMemoryCore();
  let asked = 0;
  await using api = await openTestApi({
    events: { ...core.events, get: (eventId) => ((asked += 1), core.events.get(eventId)) },
  });
  const crowd = await dialSome(40, '127.0.0.1', api.port);
  for (const client of crowd) {
    client.send(batch);
    client.socket.resetAndDestroy();
  }
  const [last] = await dialSome(1, '127.0.0.1', api.port);
  last?.send(batch);
  await waitFor(() => last?.received().includes('207') === true, { what: 'the last answer' });
  expect(asked).toBeLessThan(41 * 9);
});
