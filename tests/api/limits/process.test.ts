import { describe, expect, it } from 'vitest';
import { createEvent, startApi, tokenOf, useWorker, type ApiProcess } from '../../support/system.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestStores } from '../../support/use-stores.ts';

/** Real API processes, with the limits on and off. */
const stores = useTestStores();
useWorker(() => stores);
const limited = useResource('an API with limits', () =>
  startApi({ ...stores, env: { LIMITS: 'on', LIMIT_ADDRESS_CALLS: '60', LIMIT_USER_READS: '3' } }),
);
const unlimited = useResource('an API without limits', () => startApi(stores));

const claim = (api: ApiProcess, eventId: string, user: string): Promise<Response> =>
  fetch(`${api.url}/api/v1/events/${eventId}/claims`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenOf(user)}` },
  });

async function limitedCalls(api: ApiProcess): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const counts = [...text.matchAll(/^firstcome_calls_limited_total\{.*\} (\d+)$/gm)].map(([, calls]) => Number(calls));
  expect(counts.length).toBeGreaterThan(10);
  return counts.reduce((sum, calls) => sum + calls, 0);
}

describe('an API process with LIMITS=on', () => {
  it('refuses claims by a user who claims too often, counts these refusals, and decides other users’ claims', async () => {
    const event = await createEvent(limited, { stock: 3 });
    const statuses: number[] = [];
    for (let time = 0; time < 45; time += 1) statuses.push((await claim(limited, event.id, 'kim')).status);
    expect(statuses[0]).toBe(201);
    expect(new Set(statuses.slice(1))).toEqual(new Set([200, 429]));
    expect(await limitedCalls(limited)).toBe(statuses.filter((status) => status === 429).length);
    expect((await claim(limited, event.id, 'lee')).status).toBe(201);
  });

  it('gives one coupon to a user who claims eight times at once, and marks seven of the answers as replays', async () => {
    const event = await createEvent(limited, { stock: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => claim(limited, event.id, 'park')));
    const claims = (await Promise.all(answers.map((answer) => answer.json()))) as {
      replayed: boolean;
      serial: number;
    }[];
    expect(claims.map(({ serial }) => serial)).toEqual(Array.from({ length: 8 }, () => 1));
    expect(claims.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('allows an address ten failed sign-ins a minute, and then says when to try again', async () => {
    const signIn = (token: string) =>
      fetch(`${limited.url}/admin/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ token }),
      });
    for (let time = 0; time < 15; time += 1) expect((await signIn(tokenOf('op', 'operator'))).status).toBe(204);
    for (let time = 0; time < 10; time += 1) expect((await signIn('nonsense')).status).toBe(401);
    const refused = await signIn('nonsense');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
  });

  it('does not believe a spoofed X-Forwarded-For', async () => {
    const statuses: number[] = [];
    for (let time = 0; time < 160; time += 1) {
      const headers = { 'x-forwarded-for': `192.0.2.${time}` };
      statuses.push((await fetch(`${limited.url}/trpc/clock.get`, { headers })).status);
    }
    expect(statuses).toContain(429);
  });
});

describe('an API process without LIMITS', () => {
  it('limits nobody', async () => {
    const event = await createEvent(unlimited, { stock: 3 });
    for (let time = 0; time < 60; time += 1) {
      expect((await claim(unlimited, event.id, 'kim')).status).toBe(time === 0 ? 201 : 200);
    }
    expect(await limitedCalls(unlimited)).toBe(0);
  });
});
