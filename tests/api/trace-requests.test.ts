import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { traceRequests } from '../../api/trace-requests.ts';
import { activeSpan, type Span } from '../../core/tracing/span.ts';
import type { Tracing } from '../../core/tracing/tracing.ts';
import { createEvent, startApi, tokenOf, type ApiProcess } from '../support/system.ts';
import { startTraceCollector, traceparentFor, tracingEnv, type TraceCollector } from '../support/trace-collector.ts';
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
    headers: { authorization: `Bearer ${tokenOf(`user-${(users += 1)}`)}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ eventId }),
  });

const requestsOf = (collector: TraceCollector) =>
  collector.spans().filter(({ name }) => name === 'POST /trpc/claim.submit');

describe('OTEL_TRACES_SAMPLER', () => {
  it('unset, every claim is recorded, unless a proxy has decided not to record it', async () => {
    await using traced = await openTraced();
    const { api, collector, event } = traced;
    const not = traceparentFor({ sampled: false });
    await claim(api, event.id, { traceparent: not.traceparent });
    await claim(api, event.id);
    await collector.untilSpans((spans) => spans.some(({ name }) => name === 'claim.submit'));
    expect(await api.process.stop()).toBe(true);
    expect(requestsOf(collector)).toHaveLength(1);
    expect(collector.spans().map(({ traceId }) => traceId)).not.toContain(not.traceId);
  });

  it('with a ratio of 0, only claims are recorded that a proxy records', async () => {
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

  it('with a ratio, that share of the claims is recorded', async () => {
    await using traced = await openTraced({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    const { api, collector, event } = traced;
    for (let turn = 0; turn < 8; turn += 1) await Promise.all(Array.from({ length: 50 }, () => claim(api, event.id)));
    expect(await api.process.stop()).toBe(true);
    // 100 of 400 are expected. With a fair sampler, a count outside these limits happens once in a hundred million runs.
    expect(requestsOf(collector).length).toBeGreaterThan(50);
    expect(requestsOf(collector).length).toBeLessThan(150);
  });

  it('always_off, nothing is recorded, whatever a proxy says', async () => {
    await using traced = await openTraced({ OTEL_TRACES_SAMPLER: 'always_off' });
    const { api, collector, event } = traced;
    await claim(api, event.id, { traceparent: traceparentFor().traceparent });
    expect(await api.process.stop()).toBe(true);
    expect(collector.spans()).toEqual([]);
  });
});

it('requests one after the other on a connection are separate traces', async () => {
  await using traced = await openTraced();
  const { api, collector, event } = traced;
  for (let call = 0; call < 5; call += 1) await (await claim(api, event.id)).text();
  expect(await api.process.stop()).toBe(true);
  const requests = requestsOf(collector);
  expect(requests).toHaveLength(5);
  expect(requests.map(({ parentSpanId }) => parentSpanId)).toEqual(requests.map(() => null));
  expect(new Set(requests.map(({ traceId }) => traceId)).size).toBe(5);
  const claims = collector.spans().filter(({ name }) => name === 'claim.submit');
  expect(new Set(claims.map(({ traceId }) => traceId)).size).toBe(5);
});

it('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name the service', async () => {
  const attributes = 'deployment.environment.name=staging,service.name=other';
  await using traced = await openTraced({ OTEL_SERVICE_NAME: 'coupons', OTEL_RESOURCE_ATTRIBUTES: attributes });
  const { collector } = traced;
  const spans = await collector.untilSpans((all) => all.length > 0);
  expect(spans[0]?.resource).toMatchObject({ 'service.name': 'coupons', 'deployment.environment.name': 'staging' });
});

describe('a request that a fast lane refuses', () => {
  it('has its status in its span, and no route if there is none', async () => {
    await using traced = await openTraced();
    const { api, collector } = traced;
    const secret = '/trpc/kim.secret';
    await fetch(`${api.url}${secret}`);
    await fetch(`${api.url}/trpc/claim.submit`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(await api.process.stop()).toBe(true);
    const statuses = collector
      .spans()
      .filter(({ kind, attributes }) => kind === 'server' && Number(attributes['http.response.status_code']) >= 400)
      .map(({ name, attributes, failed }) => ({ name, status: attributes['http.response.status_code'], failed }));
    expect(statuses).toEqual([
      { name: 'GET', status: 404, failed: false },
      { name: 'POST /trpc/claim.submit', status: 401, failed: false },
    ]);
    expect(JSON.stringify(collector.spans().map(({ attributes }) => attributes))).not.toContain('secret');
  });
});

/** A request from an address, as far as `traceRequests` reads one. */
function requestFrom(address: string, url: string, traceparent: string): [IncomingMessage, ServerResponse] {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const req = Object.assign(new IncomingMessage(socket), { url, method: 'POST', rawHeaders: ['Traceparent', traceparent] });
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
    traceRequests({ tracing, trustedProxies }, () => undefined)(...requestFrom(address, '/trpc/claim.submit', traceparent));
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
