import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { traceRequests } from '../../api/trace-requests.ts';
import { activeSpan, type Span } from '../../core/tracing/span.ts';
import type { Tracing } from '../../core/tracing/tracing.ts';
import { createEvent, startApi, tokenOf, type ApiProcess } from '../support/system.ts';
import { startTraceCollector, traceparentFor, tracingEnv, type TraceCollector } from '../support/trace-collector.ts';
import { useResource } from '../support/use-resource.ts';
import { useTestStores } from '../support/use-stores.ts';

const stores = useTestStores();

async function openTraced(env: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack();
  const collector = opened.use(await startTraceCollector());
  const api = opened.use(await startApi({ ...serversOf(), env: tracingEnv(collector, env) }));
  const event = await createEvent(api, { stock: 1_000 });
  const all = opened.move();
  return { api, collector, event, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const serversOf = () => ({ redisUrl: stores.redisUrl, databaseUrl: stores.databaseUrl });

let users = 0;
const claim = (api: ApiProcess, eventId: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/trpc/claim.submit`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenOf(`user-${(users += 1)}`)}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ eventId }),
  });

const requestsOf = (collector: TraceCollector) =>
  collector.spans().filter(({ name }) => name === 'POST /trpc/claim.submit');

describe('with OTEL_TRACES_SAMPLER unset', () => {
  const attributes = 'deployment.environment.name=staging,service.name=other';
  const traced = useResource('openTraced()', () =>
    openTraced({ OTEL_SERVICE_NAME: 'coupons', OTEL_RESOURCE_ATTRIBUTES: attributes }),
  );

  it('every claim is recorded as a trace of its own, even on one connection, unless a proxy has decided not to record it', async () => {
    const { api, collector, event } = traced;
    const not = traceparentFor({ sampled: false });
    const before = new Set(requestsOf(collector).map(({ traceId }) => traceId));
    await claim(api, event.id, { traceparent: not.traceparent });
    for (let call = 0; call < 5; call += 1) await (await claim(api, event.id)).text();
    const ofNow = () => requestsOf(collector).filter(({ traceId }) => !before.has(traceId));
    // The spans are sent in the order in which they ended.
    await collector.untilSpans(() => ofNow().length >= 5);
    expect(ofNow().map(({ parentSpanId }) => parentSpanId)).toEqual(Array.from({ length: 5 }, () => null));
    const traceIds = new Set(ofNow().map(({ traceId }) => traceId));
    expect(traceIds.size).toBe(5);
    const claims = collector.spans().filter(({ name, traceId }) => name === 'claim.submit' && traceIds.has(traceId));
    expect(new Set(claims.map(({ traceId }) => traceId))).toEqual(traceIds);
    expect(collector.spans().map(({ traceId }) => traceId)).not.toContain(not.traceId);
  });

  it('a refused request has its status in its span, and no route if there is none', async () => {
    const { api, collector } = traced;
    await fetch(`${api.url}/trpc/kim.secret`);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${api.url}/trpc/claim.submit`, { method: 'POST', body: '{}', headers });
    const refused = () =>
      collector
        .spans()
        .filter(({ kind, attributes }) => kind === 'server' && Number(attributes['http.response.status_code']) >= 400)
        .map(({ name, attributes, failed }) => ({ name, status: attributes['http.response.status_code'], failed }));
    await collector.untilSpans(() => refused().length === 2);
    expect(refused()).toEqual([
      { name: 'GET', status: 404, failed: false },
      { name: 'POST /trpc/claim.submit', status: 401, failed: false },
    ]);
    expect(JSON.stringify(collector.spans().map(({ attributes }) => attributes))).not.toContain('secret');
  });

  it('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name the service', async () => {
    const spans = await traced.collector.untilSpans((all) => all.length > 0);
    expect(spans[0]?.resource).toMatchObject({ 'service.name': 'coupons', 'deployment.environment.name': 'staging' });
  });
});

describe('with OTEL_TRACES_SAMPLER', () => {
  it('parentbased_traceidratio, that share of the claims is recorded, and each that a proxy records', async () => {
    await using traced = await openTraced({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    const { api, collector, event } = traced;
    for (let turn = 0; turn < 8; turn += 1) await Promise.all(Array.from({ length: 50 }, () => claim(api, event.id)));
    const sampled = Array.from({ length: 10 }, () => traceparentFor());
    for (const { traceparent } of sampled) await claim(api, event.id, { traceparent });
    expect(await api.process.stop()).toBe(true);
    const recorded = new Set(requestsOf(collector).map(({ traceId }) => traceId));
    for (const { traceId } of sampled) expect(recorded).toContain(traceId);
    // 100 of 400 are expected. With a fair sampler, a count outside these limits happens less than once in a million runs.
    expect(recorded.size - sampled.length).toBeGreaterThan(50);
    expect(recorded.size - sampled.length).toBeLessThan(150);
  });

  it('parentbased_traceidratio and a share of 0, only claims are recorded that a proxy records', async () => {
    await using traced = await openTraced({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    const { api, collector, event } = traced;
    for (let call = 0; call < 20; call += 1) await claim(api, event.id);
    const { traceId, traceparent } = traceparentFor();
    await claim(api, event.id, { traceparent });
    expect(await api.process.stop()).toBe(true);
    expect(new Set(collector.spans().map((span) => span.traceId))).toEqual(new Set([traceId]));
  });

  it('always_off, nothing is recorded, whatever a proxy says', async () => {
    await using traced = await openTraced({ OTEL_TRACES_SAMPLER: 'always_off' });
    const { api, collector, event } = traced;
    await claim(api, event.id, { traceparent: traceparentFor().traceparent });
    expect(await api.process.stop()).toBe(true);
    expect(collector.spans()).toEqual([]);
  });
});

/** A request from an address, as far as `traceRequests` reads one. */
function requestFrom(address: string, url: string, traceparent: string): [IncomingMessage, ServerResponse] {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const req = Object.assign(new IncomingMessage(socket), {
    url,
    method: 'POST',
    rawHeaders: ['Traceparent', traceparent],
  });
  return [req, new ServerResponse(req)];
}

describe('a traceparent', () => {
  const begun = (trustedProxies: string[], address: string) => {
    const { traceparent } = traceparentFor();
    let given: string | undefined = 'not asked';
    const tracing: Tracing = {
      begin: (_describe, parent) => {
        given = parent;
        return undefined;
      },
      close: () => Promise.resolve(),
    };
    traceRequests(
      { tracing, trustedProxies },
      () => undefined,
    )(...requestFrom(address, '/trpc/claim.submit', traceparent));
    return given === traceparent ? 'continued' : given === undefined ? 'ignored' : given;
  };

  it('is continued from this machine and from our own proxies, and ignored from everybody else', () => {
    expect(begun([], '127.0.0.1')).toBe('continued');
    expect(begun([], '::ffff:127.0.0.1')).toBe('continued');
    expect(begun([], '::1')).toBe('continued');
    expect(begun([], '203.0.113.7')).toBe('ignored');
    expect(begun(['203.0.113.0/24'], '203.0.113.7')).toBe('continued');
    expect(begun(['203.0.113.0/24'], '198.51.100.1')).toBe('ignored');
  });
});

it('a request that is not sampled is not part of the trace of the request before it', () => {
  const seen: (Span | undefined)[] = [];
  const parent = { traceId: 'a', spanId: 'b', hasEnded: false, end: () => undefined } as Partial<Span> as Span;
  const begins: (Span | undefined)[] = [parent, undefined];
  const tracing: Tracing = { begin: () => begins.shift(), close: () => Promise.resolve() };
  const handle = traceRequests({ tracing, trustedProxies: [] }, () => {
    seen.push(activeSpan());
    // As a connection does that has another request waiting when an answer ends.
    if (seen.length === 1) handle(...requestFrom('127.0.0.1', '/trpc/claim.submit', ''));
  });
  handle(...requestFrom('127.0.0.1', '/trpc/claim.submit', ''));
  expect(seen).toEqual([parent, undefined]);
});
