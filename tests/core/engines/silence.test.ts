import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { takeUnits } from '../../../core/engines/units/unit-scripts.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { openLab, useLab, users } from '../../support/lab.ts';
import { type TestServer } from '../../support/test-servers.ts';
import { useRedisServer, useMariaDbServer } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/**
 * The contract promises every caller an answer within 2 s, even if a store hangs or is down while a crowd waits. The
 * error must blame the store, not the queue.
 */
const redis = useRedisServer();
const mysql = useMariaDbServer();
const urls = () => ({ redisUrl: redis.url, databaseUrl: mysql.url });
const lab = useLab({ stores: urls });

/** The contract's 2 s, plus half a second for a busy machine. */
const boundMs = 2_500;

async function answerOf(asked: Promise<{ status: string }>): Promise<{ outcome: string; tookMs: number }> {
  const askedAtMs = performance.now();
  const outcome = await asked.then(
    ({ status }) => status,
    (err: unknown) => (err instanceof Error && 'code' in err ? String(err.code) : String(err)),
  );
  return { outcome, tookMs: performance.now() - askedAtMs };
}

const crowd = (eventId: string, count: number) => users(count).map((user) => answerOf(lab.submit(eventId, user)));
const slowest = (answers: { tookMs: number }[]): number => Math.max(...answers.map(({ tookMs }) => tookMs));
const statuses = (answers: { outcome: string }[]): Set<string> => new Set(answers.map((answer) => answer.outcome));

/**
 * Creates an event in which the user `first` has the only claim. Abandoned attempts hold all other units, so every new
 * caller has to wait.
 */
async function eventWithoutUnits(): Promise<string> {
  const { eventId } = await lab.createEvent({ stock: 3, strategy: 'redis-counter-set' });
  await lab.claim(eventId, 'first');
  const link = lab.first.stores.redis;
  const wanted = { unitsMax: 2, callId: '', users: ['a', 'b'] };
  const expected = { round: 1, runId: link.system.runId() ?? '', strategy: 'redis-counter-set' } as const;
  expect((await takeUnits(link.system.client, roundKeys(eventId, 1), expected, wanted)).kind).toBe('decided');
  return eventId;
}

async function resumed(server: TestServer, eventId: string): Promise<void> {
  server.resume();
  await waitFor(async () => (await answerOf(lab.submit(eventId, 'first'))).outcome === 'issued', {
    what: 'the server to answer again',
  });
}

/** Sends SIGSTOP, and resolves once the server has stopped answering, which takes a while on a busy machine. */
async function hang(server: TestServer): Promise<void> {
  server.pause();
  const isStopped = () => /^State:\s+T/m.test(readFileSync(`/proc/${server.pid()}/status`, 'utf8'));
  await waitFor(isStopped, { what: 'the server to stop' });
}

describe.each(['db-lock', 'db-named-lock', 'redis-lock', 'redis-spin-lock'] as const)('%s', (strategy) => {
  it('blames a store, not the queue, while MySQL hangs', async () => {
    const { eventId } = await lab.createEvent({ stock: 100, strategy });
    await lab.claim(eventId, 'first');
    await hang(mysql);
    const answers = await Promise.all(crowd(eventId, 200));
    await resumed(mysql, eventId);
    expect(statuses(answers)).toEqual(new Set(['unavailable']));
    expect(slowest(answers)).toBeLessThan(boundMs);
  });
});

describe('redis-counter-set', () => {
  it('blames MySQL while MySQL is down, but still answers refusals and repeated calls of winners', async () => {
    const [open, soldOut] = [
      await lab.createEvent({ stock: 100, strategy: 'redis-counter-set' }),
      await lab.createEvent({ stock: 1, strategy: 'redis-counter-set' }),
    ];
    await Promise.all([lab.claim(open.eventId, 'first'), lab.claim(soldOut.eventId, 'first')]);
    await mysql.stop();
    for (let time = 1; time <= 2; time += 1) {
      const answers = await Promise.all(crowd(open.eventId, 100));
      expect(statuses(answers)).toEqual(new Set(['unavailable']));
      expect(slowest(answers)).toBeLessThan(boundMs);
    }
    await using fresh = await openLab(urls());
    for (const lab_ of [lab, fresh]) {
      expect(await lab_.submit(open.eventId, 'first')).toMatchObject({ status: 'issued', replayed: true });
      expect(await lab_.submit(soldOut.eventId, 'second')).toEqual({ status: 'sold_out' });
    }
    await mysql.restart();
    await resumed(mysql, open.eventId);
  });

  it('answers in time even if Redis begins to hang when a caller’s waiting time is almost over', async () => {
    const eventId = await eventWithoutUnits();
    const early = crowd(eventId, 100);
    const oneByOne: Promise<unknown>[] = [];
    await waitFor(
      () => {
        oneByOne.push(lab.submit(eventId, `late-${oneByOne.length}`).catch(() => null));
        return oneByOne.length > 60;
      },
      { what: 'most of a claim’s waiting time to pass', limitMs: 10_000 },
    );
    await hang(redis);
    const answers = await Promise.all(early);
    await resumed(redis, eventId);
    await Promise.all(oneByOne);
    expect(slowest(answers)).toBeLessThan(boundMs);
  });

  it('answers waiting callers at once if Redis is down', async () => {
    const eventId = await eventWithoutUnits();
    const waiting = crowd(eventId, 100);
    // When this call is answered, the queue has asked Redis about every earlier caller, so they are all waiting.
    await answerOf(lab.submit(eventId, 'first'));
    await redis.kill9();
    const answers = await Promise.all(waiting);
    await redis.restart();
    await resumed(redis, eventId);
    expect(statuses(answers)).toEqual(new Set(['unavailable']));
  });
});

it('redis-stream gives callers that wait behind a slow batch an answer in time', async () => {
  const { eventId } = await lab.createEvent({ stock: 1_000, strategy: 'redis-stream' });
  await lab.claim(eventId, 'first');
  await hang(redis);
  const first = crowd(eventId, 1);
  await waitFor(() => lab.platforms.length > 0, { what: 'the first batch to be sent' });
  const behind = crowd(eventId, 50);
  const answers = await Promise.all([...first, ...behind]);
  await resumed(redis, eventId);
  expect(statuses(answers)).toEqual(new Set(['unavailable']));
  expect(slowest(answers)).toBeLessThan(boundMs);
});
