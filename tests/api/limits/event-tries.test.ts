import { describe, expect, it } from 'vitest';
import { strategyNames } from '../../../core/events/event.ts';
import { createEvent, startApi, tokenOf, useDirect, useWorker, type ApiProcess } from '../../support/system.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { useResource } from '../../support/use-resource.ts';

/** The limit on an event's tries is exact, across all processes. */
const stores = useTestStores();
const direct = useDirect(() => stores);
useWorker(() => stores);
const env = { LIMIT_SHARED: '1' };
const first = useResource('the first API', () => startApi({ ...stores, env }));
const second = useResource('the second API', () => startApi({ ...stores, env }));

type Answer = { atMs: [number, number]; status: string };

/**
 * Sends a batch of ten claims. Returns each answer with the times at which the request was sent and the reply arrived.
 */
async function claimTen(api: ApiProcess, eventId: string, token: string): Promise<Answer[]> {
  const calls = Array.from({ length: 10 }, () => 'claim.submit').join(',');
  const body = JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at, { eventId }])));
  const sentAtMs = performance.now();
  const response = await fetch(`${api.url}/trpc/${calls}?batch=1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  const answers = (await response.json()) as {
    result?: { data: { status: string } };
    error?: { data: { reason?: string; problem: { params: { limit?: string } } } };
  }[];
  const repliedAtMs = performance.now();
  return answers.map(({ result, error }) => {
    const refused = `${error?.data.reason} ${error?.data.problem.params.limit ?? JSON.stringify(error)}`;
    return { atMs: [sentAtMs, repliedAtMs], status: result?.data.status ?? refused };
  });
}

const limit = (api: ApiProcess, eventId: string, triesMax: number | null, triesWindowMs: number | null) =>
  api.client().admin.event.update.mutate({ eventId, triesMax, triesWindowMs });

describe('with LIMIT_SHARED=1', () => {
  it('exactly as many of a user’s tries pass as the event allows, across two processes and in batches of ten', async () => {
    const [triesMax, triesWindowMs] = [7, 1_500];
    const event = await createEvent(first, { stock: 1, opensAtMs: Date.now() + 3_600_000 });
    await limit(first, event.id, triesMax, triesWindowMs);
    const token = tokenOf('kim');
    const answers: Answer[] = [];
    const startedMs = performance.now();
    const clients = [first, second, first, second].map(async (api) => {
      while (performance.now() - startedMs < 4 * triesWindowMs) answers.push(...(await claimTen(api, event.id, token)));
    });
    await Promise.all(clients);
    // On a busy machine, a call may end undecided although its try was counted.
    const late = answers.filter(({ status }) => status.startsWith('unavailable')).length;
    const others = answers.filter(({ status }) => !/^(not_open|busy event_tries|unavailable .*)$/.test(status));
    expect(others).toEqual([]);
    const passed = answers.filter(({ status }) => status === 'not_open');
    // Each try was counted between its request and its reply, so a window that contains both contains the try.
    const within = passed.map(({ atMs: [fromMs] }) =>
      passed.filter(({ atMs: [sentMs, repliedMs] }) => sentMs >= fromMs && repliedMs < fromMs + triesWindowMs),
    );
    expect(Math.max(...within.map(({ length }) => length))).toBeLessThanOrEqual(triesMax);
    // The clients never stop trying, so they use every try that is allowed: in four windows, at least four times the
    // limit.
    expect(passed.length + late).toBeGreaterThanOrEqual(4 * triesMax);
    expect(passed.length).toBeLessThanOrEqual(5 * triesMax);
  });

  it.each(strategyNames.filter((name) => name !== 'unsafe'))(
    'with %s, a winner always gets the same coupon again, and others get 429 with the time to wait',
    async (strategy) => {
      const event = await createEvent(first, { stock: 1, strategy });
      await limit(first, event.id, 2, 60_000);
      const claim = (api: ApiProcess, user: string) =>
        fetch(`${api.url}/api/v1/events/${event.id}/claims`, {
          method: 'POST',
          headers: { authorization: `Bearer ${tokenOf(user)}` },
        });
      const issued = (await (await claim(first, 'lee')).json()) as object;
      expect(issued).toMatchObject({ status: 'issued', serial: 1, replayed: false });
      for (const api of [first, second, first, second]) {
        expect(await (await claim(api, 'lee')).json()).toEqual({ ...issued, replayed: true });
      }
      expect([(await claim(first, 'park')).status, (await claim(second, 'park')).status]).toEqual([410, 410]);
      const refused = await claim(second, 'park');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      expect(await refused.json()).toMatchObject({ reason: 'busy', problem: { params: { limit: 'event_tries' } } });
      expect((await claim(second, 'choi')).status).toBe(410);
    },
  );

  it('a limit can be set and removed again, and its keys expire', async () => {
    const event = await createEvent(first, { stock: 1, opensAtMs: Date.now() + 3_600_000 });
    await limit(first, event.id, 1, 60_000);
    const statuses = async () => (await claimTen(second, event.id, tokenOf('kim'))).map(({ status }) => status);
    expect((await statuses()).filter((status) => status === 'not_open')).toHaveLength(1);
    expect(await direct.redis.pttl(`fc:{${event.id}}:tries`)).toBeGreaterThan(0);
    expect(await direct.redis.pttl(`fc:{${event.id}}:tries-counted`)).toBeGreaterThan(0);
    await limit(first, event.id, null, null);
    await expect.poll(statuses, { timeout: 5_000 }).not.toContain('busy event_tries');
    await expect(limit(first, event.id, 3, null)).rejects.toThrow(/triesWindowMs must be set together with triesMax/);
  });

  it('the metrics count the claims that an event’s limit refused', async () => {
    const text = await (await fetch(`${second.url}/metrics`)).text();
    const [, calls] = /firstcome_calls_limited_total\{limit="event_tries",lane="hot"\} (\d+)/.exec(text) ?? [];
    expect(Number(calls)).toBeGreaterThan(0);
  });
});
