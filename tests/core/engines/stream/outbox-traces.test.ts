import { describe, expect, it } from 'vitest';
import { readTraces, writeTraces } from '../../../../core/engines/stream/outbox-traces.ts';
import { readOutbox } from '../../../../core/engines/stream/outbox.ts';
import { decideClaims } from '../../../../core/engines/stream/stream-scripts.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import type { Span } from '../../../../core/tracing/span.ts';
import { allKeys } from '../../../support/all-keys.ts';
import { traceparentFor } from '../../../support/trace-collector.ts';
import { useResource } from '../../../support/use-resource.ts';
import { startRedis } from '../../../support/test-servers.ts';
import { Redis } from 'ioredis';
import { runId, streamGate } from '../../gate/stream-gate.ts';

const eventId = 'ev_traces';
const keys = roundKeys(eventId, 1);
const trusted = { round: 1, runId, strategy: 'redis-stream' } as const;
const server = useResource('a Redis', async () => {
  const started = await startRedis();
  const redis = new Redis(started.url);
  return {
    redis,
    [Symbol.asyncDispose]: async () => {
      redis.disconnect();
      await started[Symbol.asyncDispose]();
    },
  };
});
const { openGate } = streamGate(() => server.redis, eventId);

const call = (item: string, traceparent?: string) => ({
  item,
  span: traceparent === undefined ? undefined : ({ traceparent } as Partial<Span> as Span),
});

/** How every version until now has read an entry. */
function readAsBefore(fields: string[]) {
  const field = (name: string): string => (fields.includes(name) ? (fields[fields.indexOf(name) + 1] ?? '') : '');
  return { firstSerial: Number(field('s')), claimedAtMs: Number(field('t')), userIds: field('u').split(' ') };
}

describe('the outbox carries the traces of traced claims', () => {
  it('as text that names each traced user, and as nothing at all if no claim is traced', () => {
    const [a, c] = [traceparentFor().traceparent, traceparentFor().traceparent];
    const traces = writeTraces([call('a', a), call('b'), call('c', c), call('a', c)]);
    expect(readTraces(traces)).toEqual(
      new Map([
        ['a', a],
        ['c', c],
      ]),
    );
    expect(writeTraces([call('a'), call('b')])).toBe('');
  });

  it('without any influence on the decision, whatever the users are called', async () => {
    const users = ['p', 'u', 's', 't', 'kim', 'late'];
    const answers = [];
    for (const traces of ['', `p ${traceparentFor().traceparent} late ${traceparentFor().traceparent}`]) {
      await server.redis.flushdb();
      await openGate({ stock: 5 });
      const decided = await decideClaims(server.redis, keys, trusted, users, traces);
      if (decided.kind !== 'decided') throw new Error(decided.kind);
      answers.push(decided.decisions.map(({ held }) => held?.serial ?? null));
      const [entry] = await server.redis.xrange(keys.outbox, '-', '+');
      const fields = entry?.[1] ?? [];
      expect(fields.slice(6)).toEqual(traces === '' ? [] : ['p', traces]);
      expect(readAsBefore(fields)).toMatchObject({ firstSerial: 1, userIds: users.slice(0, 5) });
      const [read] = await readOutbox(server.redis, eventId, 1, 10);
      expect(read).toMatchObject(readAsBefore(fields));
      expect(read?.traces ?? '').toBe(traces);
    }
    expect(answers).toEqual([
      [1, 2, 3, 4, 5, null],
      [1, 2, 3, 4, 5, null],
    ]);
  });

  it('of a full batch, and the same script run twice changes nothing', async () => {
    await server.redis.flushdb();
    await openGate({ stock: 1_000 });
    const users = Array.from({ length: 256 }, (_, i) => `${'u'.repeat(120)}${i}`);
    const traces = writeTraces(users.map((user) => call(user, traceparentFor().traceparent)));
    const first = await decideClaims(server.redis, keys, trusted, users, traces);
    const after = await allKeys(server.redis);
    const again = await decideClaims(server.redis, keys, trusted, users, traces);
    expect(first).toMatchObject({ issuedCount: 256 });
    expect(again).toMatchObject({ issuedCount: 0, highest: 256 });
    expect(await allKeys(server.redis)).toEqual(after);
    const [entry] = await readOutbox(server.redis, eventId, 1, 10);
    expect(readTraces(entry?.traces ?? '').size).toBe(256);
  });

  it('of an entry that an earlier version wrote, there are none', async () => {
    await server.redis.flushdb();
    await server.redis.xadd(keys.outbox, '*', 's', '1', 't', '5', 'u', 'p');
    const [entry] = await readOutbox(server.redis, eventId, 1, 10);
    expect(entry).toEqual({ id: entry?.id, firstSerial: 1, claimedAtMs: 5, userIds: ['p'] });
  });
});
