import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createClaimQueue, type Waiting } from '../../../../core/engines/gated/claim-queue.ts';

type Batch = {
  calls: Waiting<string, string>[];
  items: string[];
  /**
   * Answers the calls of the batch, except the first `kept` calls, which go back into the queue. If `unanswered` is
   * set, the other calls fail with that cause.
   */
  end(options?: { kept?: number; unanswered?: unknown }): Promise<void>;
};

function handDriven(batchMax = 100) {
  const sent: Batch[] = [];
  const queue = createClaimQueue<string, string>(batchMax, (calls) => {
    const { promise, resolve } = Promise.withResolvers<{ unanswered: unknown } | null>();
    sent.push({
      calls,
      items: calls.map(({ item }) => item),
      end: async ({ kept = 0, unanswered } = {}) => {
        for (const call of calls.slice(kept)) {
          if (unanswered === undefined) call.resolve(`answer to ${call.item}`);
          else call.reject(unanswered);
        }
        resolve(unanswered === undefined ? null : { unanswered });
        // The queue receives the answer in the first turn of the event loop, and sends the next batch in the second.
        await nextTurn();
        await nextTurn();
      },
    });
    return promise;
  });
  return { queue, sent, items: () => sent.map((batch) => batch.items) };
}

const settled = (call: Promise<string>): Promise<unknown> => call.catch((cause: unknown) => cause);

it('a claim queue decides all calls made in one turn of the event loop together, in order of arrival', async () => {
  const { queue, sent, items } = handDriven();
  const calls = ['a', 'b', 'c'].map((item) => queue.push(item));
  expect(items()).toEqual([]);
  await nextTurn();
  expect(items()).toEqual([['a', 'b', 'c']]);
  await sent[0]?.end();
  expect(await Promise.all(calls)).toEqual(['answer to a', 'answer to b', 'answer to c']);
});

it('calls that reach the claim queue while a batch is running share the next batch, and no two batches run at once', async () => {
  const { queue, sent, items } = handDriven();
  void queue.push('a');
  await nextTurn();
  void queue.push('b');
  await nextTurn();
  void queue.push('c');
  await nextTurn();
  expect(items()).toEqual([['a']]);
  expect(queue.length).toBe(2);
  await sent[0]?.end();
  expect(items()).toEqual([['a'], ['b', 'c']]);
  expect(queue.length).toBe(0);
});

it('a claim queue sends a full batch at once, and leaves the remaining calls for the next batch', async () => {
  const { queue, sent, items } = handDriven(2);
  for (const item of ['a', 'b', 'c', 'd', 'e']) void queue.push(item);
  expect(items()).toEqual([['a', 'b']]);
  await sent[0]?.end();
  await sent[1]?.end();
  expect(items()).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

it('a claim queue rejects the calls that wait behind an unanswered batch, but sends later calls to the store', async () => {
  const { queue, sent, items } = handDriven();
  const first = queue.push('a');
  await nextTurn();
  const behind = queue.push('b');
  const outcomes = Promise.all([settled(first), settled(behind)]);
  const outage = new Error('no answer');
  await sent[0]?.end({ unanswered: outage });
  expect(await outcomes).toEqual([outage, outage]);
  expect(items()).toEqual([['a']]);

  const later = queue.push('c');
  await nextTurn();
  await sent[1]?.end();
  expect(await later).toBe('answer to c');
});

it('a claim queue keeps the order of calls that a batch did not decide, and sends them before later calls', async () => {
  const { queue, sent, items } = handDriven();
  const calls = ['a', 'b'].map((item) => queue.push(item));
  await nextTurn();
  void queue.push('newcomer');
  const [a, b] = sent[0]?.calls ?? [];
  if (a === undefined || b === undefined) throw new Error('The batch does not have both calls.');
  queue.putBack([a], 0);
  queue.putBack([b], 1);
  await sent[0]?.end({ kept: 2 });
  expect(items()).toEqual([
    ['a', 'b'],
    ['a', 'b', 'newcomer'],
  ]);
  await sent[1]?.end();
  expect(await Promise.all(calls)).toEqual(['answer to a', 'answer to b']);
});
