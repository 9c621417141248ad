import { describe, expect, it } from 'vitest';
import { openTestApi } from './test-server.ts';
import { userToken } from './tokens.ts';

const ours = 'https://shop.example';
const corsOrigins = [ours, 'https://admin.example:8443'];

const claim = (url: string, origin: string | undefined, target = '/trpc/claim.submit') =>
  fetch(url + target, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${userToken('kim')}`,
      ...(origin !== undefined && { origin }),
    },
    body: '{"eventId":"open"}',
  });

const corsOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'));

// With a query string, a claim goes through tRPC's own adapter instead of the hot lane.
describe.each([
  ['hot', '/trpc/claim.submit'],
  ['stock', '/trpc/claim.submit?x=1'],
])('a claim from a browser, in the %s lane,', (lane, target) => {
  it('gets an answer that the page can read if its origin is allowed', async () => {
    await using api = await openTestApi({ corsOrigins });
    for (const origin of corsOrigins) {
      const response = await claim(api.url, origin, target);
      expect(response.status).toBe(200);
      expect(corsOf(response.headers)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'retry-after',
        vary: 'trpc-accept, accept, Origin',
      });
    }
    expect(await api.metrics.registry.getSingleMetricAsString('firstcome_http_requests_total')).toContain(
      `lane="${lane}",status="200"} 2`,
    );
  });

  it('gets no answer that the page can read if its origin is not allowed', async () => {
    await using api = await openTestApi({ corsOrigins });
    const others = [
      'https://shop.example.evil.example',
      'http://shop.example',
      'https://SHOP.example',
      'null',
      '*',
      undefined,
    ];
    for (const origin of others) {
      const response = await claim(api.url, origin, target);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  it('gets no CORS headers if no origin is allowed', async () => {
    await using api = await openTestApi();
    const response = await claim(api.url, ours, target);
    expect(corsOf(response.headers)).toEqual({ vary: 'trpc-accept, accept' });
  });
});

describe('a CORS preflight', () => {
  const ask = (url: string, origin: string) =>
    fetch(`${url}/trpc/claim.submit`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('lets an allowed origin send its token', async () => {
    await using api = await openTestApi({ corsOrigins });
    const response = await ask(api.url, ours);
    expect(response.status).toBe(204);
    expect(corsOf(response.headers)).toMatchObject({
      'access-control-allow-origin': ours,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': expect.stringContaining('authorization') as unknown,
    });
  });

  it('allows no other origin, and no credentials', async () => {
    await using api = await openTestApi({ corsOrigins });
    const response = await ask(api.url, 'https://evil.example');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
