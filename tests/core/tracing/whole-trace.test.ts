import { describe, expect, it } from 'vitest';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import {
  createEvent,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  tokenOf,
  type ApiProcess,
} from '../../support/system.ts';
import {
  drawTrace,
  startTraceCollector,
  traceparentFor,
  tracingEnv,
  type SentSpan,
} from '../../support/trace-collector.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const collector = useResource('startTraceCollector()', startTraceCollector);
const options = () => ({
  redisUrl: stores.redisUrl,
  databaseUrl: stores.databaseUrl,
  env: tracingEnv(collector, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc' }),
});
const api = useResource('startApi()', () => startApi(options()));
const worker = useResource('startWorker()', () => startWorker(options()));
const direct = useResource('openDirect()', () => Promise.resolve(openDirect(options())));

type Call = { path?: string; body?: unknown; userId?: string; headers?: Record<string, string> };

const post = (at: ApiProcess, { path = '/trpc/claim.submit', body, userId = 'kim', headers = {} }: Call) =>
  fetch(`${at.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenOf(userId)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

/** An event whose strategy and gate the API knows already, so that a trace shows a usual claim and not the first one. */
async function knownEvent(strategy: StrategyName = 'redis-stream', stock = 100) {
  const event = await createEvent(api, { stock, strategy });
  const { traceparent } = traceparentFor({ sampled: false });
  const first = await post(api, { body: { eventId: event.id }, userId: 'first', headers: { traceparent } });
  expect(await first.json()).toMatchObject({ result: { data: { status: 'issued' } } });
  return event;
}

const named = (spans: readonly SentSpan[], name: string): SentSpan => {
  const [found, ...others] = spans.filter((span) => span.name === name);
  if (found === undefined || others.length > 0) {
    throw new Error(
      `There are ${others.length + (found === undefined ? 0 : 1)} spans ${name}:\n${drawTrace(spans).join('\n')}`,
    );
  }
  return found;
};
const stored = (spans: SentSpan[]): boolean => spans.some(({ name }) => name === 'claim.store');
/** A process sends spans in the order in which they ended, so the last one of each process shows that all are there. */
const complete = (spans: SentSpan[]): boolean => stored(spans) && spans.some(({ kind }) => kind === 'server');
const idsOf = (spans: readonly { traceId: string; spanId: string }[]) =>
  spans.map(({ traceId, spanId }) => `${traceId}-${spanId}`).toSorted();

describe('one trace of a claim', () => {
  it('leads from the proxy’s call over the batch and its script through the outbox to the row that the worker stores', async () => {
    const event = await knownEvent();
    const proxy = traceparentFor();
    const response = await post(api, { body: { eventId: event.id }, headers: { traceparent: proxy.traceparent } });
    expect(await response.json()).toMatchObject({ result: { data: { status: 'issued', serial: 2 } } });
    const spans = await collector.untilSpans(complete, { traceId: proxy.traceId });

    expect(drawTrace(spans)).toEqual([
      'POST /trpc/claim.submit (server, firstcome-api)',
      '  claim.submit (internal, firstcome-api)',
      '    claims.decide (internal, firstcome-api)',
      '      EVALSHA decide-claims (client, firstcome-api)',
      '    claim.store (consumer, firstcome-worker)',
      '      outbox.drain (internal, firstcome-worker)',
      '        INSERT claims (client, firstcome-worker)',
      '        SELECT claims (client, firstcome-worker)',
      '        EVALSHA settle-outbox (client, firstcome-worker)',
    ]);
    const request = named(spans, 'POST /trpc/claim.submit');
    expect(request.parentSpanId).toBe(proxy.spanId);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/trpc/claim.submit',
      'http.response.status_code': 200,
      'url.path': '/trpc/claim.submit',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
    });
    const about = { 'firstcome.event.id': event.id, 'firstcome.round': 1 };
    const claim = named(spans, 'claim.submit');
    expect(claim.attributes).toEqual({
      ...about,
      'firstcome.claim.outcome': 'issued',
      'firstcome.claim.serial': 2,
      'firstcome.claim.replayed': false,
    });
    const batch = named(spans, 'claims.decide');
    expect(batch.attributes).toEqual({
      'firstcome.event.id': event.id,
      'firstcome.strategy': 'redis-stream',
      'firstcome.claims': 1,
    });
    expect(idsOf(batch.links)).toEqual(idsOf([claim]));
    expect(named(spans, 'EVALSHA decide-claims').attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'EVALSHA',
      'db.stored_procedure.name': 'decide-claims',
    });
    const row = named(spans, 'claim.store');
    expect(row.attributes).toEqual({
      ...about,
      'firstcome.claim.serial': 2,
      'firstcome.outbox.waited_ms': expect.any(Number) as number,
    });
    const drain = named(spans, 'outbox.drain');
    expect(idsOf(drain.links)).toContain(`${row.traceId}-${row.spanId}`);
    expect(named(spans, 'INSERT claims').attributes).toEqual({
      'db.system.name': 'mysql',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'claims',
    });
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
    // The row is there, and nothing in the trace says whose it is.
    expect(await direct.db.claim.count({ where: { eventId: event.id, serial: 2 } })).toBe(1);
    expect(JSON.stringify(spans.map(({ attributes, name }) => ({ attributes, name })))).not.toContain('kim');
  });

  it('names the process that each span comes from, and carries the headers that the collector asks for', async () => {
    const spans = await collector.untilSpans((all) => all.some(({ name }) => name === 'job drain'));
    const instances = new Map(spans.map(({ resource }) => [resource['service.name'], resource]));
    expect([...instances.keys()].toSorted()).toEqual(['firstcome-api', 'firstcome-worker']);
    expect(instances.get('firstcome-worker')).toMatchObject({
      'process.pid': worker.pid,
      'service.instance.id': expect.any(String) as string,
      'telemetry.sdk.language': 'nodejs',
    });
    expect(new Set(collector.headers.map(({ authorization }) => authorization))).toEqual(new Set(['Basic abc']));
  });

  it.each([
    ['the lane for plain REST calls', {}],
    ['Express, with a header that no fast lane takes', { 'content-type': 'application/json; charset=utf-8' }],
  ])('is the same over REST, by %s', async (_by, headers) => {
    const event = await knownEvent();
    const { traceId, traceparent } = traceparentFor();
    const path = `/api/v1/events/${event.id}/claims`;
    const response = await post(api, { path, headers: { traceparent, ...headers } });
    expect(response.status).toBe(201);
    const spans = await collector.untilSpans(complete, { traceId });
    expect(drawTrace(spans).slice(0, 4)).toEqual([
      'POST /api/v1/events/{eventId}/claims (server, firstcome-api)',
      '  claim.submit (internal, firstcome-api)',
      '    claims.decide (internal, firstcome-api)',
      '      EVALSHA decide-claims (client, firstcome-api)',
    ]);
    expect(spans.find(({ kind }) => kind === 'server')?.attributes).toMatchObject({
      'http.route': '/api/v1/events/{eventId}/claims',
      'url.path': path,
      'http.response.status_code': 201,
    });
  });

  it('is the same through tRPC’s Express adapter', async () => {
    const event = await knownEvent();
    const { traceId, traceparent } = traceparentFor();
    const headers = { traceparent, 'content-type': 'application/json; charset=utf-8' };
    await post(api, { body: { eventId: event.id }, headers });
    const spans = await collector.untilSpans(complete, { traceId });
    expect(drawTrace(spans).slice(0, 3)).toEqual([
      'POST /trpc/claim.submit (server, firstcome-api)',
      '  claim.submit (internal, firstcome-api)',
      '    claims.decide (internal, firstcome-api)',
    ]);
  });

  it('has one span for each call of a tRPC batch, and one decision that links to both', async () => {
    const event = await knownEvent();
    const { traceId, traceparent } = traceparentFor();
    const body = { 0: { eventId: event.id }, 1: { eventId: event.id } };
    await post(api, { path: '/trpc/claim.submit,claim.submit?batch=1', body, headers: { traceparent } });
    const spans = await collector.untilSpans(complete, { traceId });
    const claims = spans.filter(({ name }) => name === 'claim.submit');
    expect(claims.map(({ attributes }) => attributes['firstcome.claim.replayed']).toSorted()).toEqual([false, true]);
    const batch = named(spans, 'claims.decide');
    expect(batch.attributes['firstcome.claims']).toBe(2);
    expect(idsOf(batch.links)).toEqual(idsOf(claims));
    expect(claims.map(({ spanId }) => spanId)).toContain(batch.parentSpanId);
    const other = claims.find(({ spanId }) => spanId !== batch.parentSpanId);
    expect(idsOf(other?.links ?? [])).toEqual(idsOf([batch]));
    expect(named(spans, 'POST /trpc/claim.submit').attributes['firstcome.calls']).toBe(2);
  });
});

it('claims of many users share batches and drains, which can be found from each of their traces', async () => {
  const event = await knownEvent();
  const callers = someUsers(40).map((userId) => ({ userId, ...traceparentFor() }));
  await Promise.all(
    callers.map(({ userId, traceparent }) =>
      post(api, { body: { eventId: event.id }, userId, headers: { traceparent } }),
    ),
  );
  const traceIds = new Set(callers.map(({ traceId }) => traceId));
  const ofEvent = (spans: SentSpan[]) =>
    spans.filter(({ attributes }) => attributes['firstcome.event.id'] === event.id);
  const ofCallers = (spans: SentSpan[]) => spans.filter(({ traceId }) => traceIds.has(traceId));
  const rowsOf = (spans: SentSpan[]) => ofCallers(spans).filter(({ name }) => name === 'claim.store');
  const all = await collector.untilSpans((spans) => rowsOf(spans).length === callers.length);

  const spans = ofCallers(ofEvent(all));
  for (const [own, sharing] of [
    ['claim.submit', 'claims.decide'],
    ['claim.store', 'outbox.drain'],
  ] as const) {
    const owners = spans.filter(({ name }) => name === own);
    const works = spans.filter(({ name }) => name === sharing);
    expect(owners).toHaveLength(callers.length);
    for (const owner of owners) {
      const mine = works.filter(({ links }) => idsOf(links).includes(`${owner.traceId}-${owner.spanId}`));
      expect(mine).toHaveLength(1);
      const [work] = mine;
      if (work?.parentSpanId !== owner.spanId) expect(idsOf(owner.links)).toEqual(idsOf(mine));
    }
  }
  expect(new Set(rowsOf(all).map(({ attributes }) => attributes['firstcome.claim.serial'])).size).toBe(callers.length);
});

describe.each(realStrategyNames)('with the strategy %s', (strategy) => {
  it('the trace of a winner has the request, the decision and the row, and that of a loser ends with the refusal', async () => {
    const event = await knownEvent(strategy, 2);
    const winner = traceparentFor();
    const loser = traceparentFor();
    await post(api, { body: { eventId: event.id }, userId: 'lee', headers: { traceparent: winner.traceparent } });
    await post(api, { body: { eventId: event.id }, userId: 'park', headers: { traceparent: loser.traceparent } });

    const won = await collector.untilSpans(complete, { traceId: winner.traceId });
    const ids = new Map(won.map((span) => [span.spanId, span]));
    const [root, ...otherRoots] = won.filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ''));
    expect([root?.name, root?.parentSpanId, otherRoots]).toEqual(['POST /trpc/claim.submit', winner.spanId, []]);
    expect(named(won, 'claim.submit').attributes).toMatchObject({
      'firstcome.claim.outcome': 'issued',
      'firstcome.claim.serial': 2,
    });
    expect(named(won, 'claims.decide').attributes).toMatchObject({ 'firstcome.strategy': strategy });
    const row = named(won, 'claim.store');
    expect(row.attributes).toMatchObject({ 'firstcome.claim.serial': 2 });
    expect(await direct.db.claim.count({ where: { eventId: event.id, serial: 2 } })).toBe(1);
    const inserts = won.filter(({ name }) => name === 'INSERT claims');
    expect(inserts.map((insert) => isBelow(ids, insert, row))).toEqual([true]);
    expect(won.filter(({ failed }) => failed)).toEqual([]);

    const lost = await collector.untilSpans((spans) => spans.some(({ kind }) => kind === 'server'), {
      traceId: loser.traceId,
    });
    expect(named(lost, 'claim.submit').attributes).toMatchObject({ 'firstcome.claim.outcome': 'sold_out' });
    expect(stored(lost)).toBe(false);
    expect(lost.filter(({ failed }) => failed)).toEqual([]);
  });
});

const isBelow = (ids: ReadonlyMap<string, SentSpan>, span: SentSpan | undefined, above: SentSpan): boolean =>
  span !== undefined && (span === above || isBelow(ids, ids.get(span.parentSpanId ?? ''), above));

it('each job of the worker is a trace of its own, with its event', async () => {
  const event = await knownEvent();
  const spans = await collector.untilSpans((all) => {
    const jobs = all.filter(({ name }) => name === 'job drain' || name === 'job sweep');
    return (
      jobs.some(({ attributes }) => attributes['firstcome.event.id'] === event.id) &&
      new Set(jobs.map(({ name }) => name)).size === 2
    );
  });
  const jobs = spans.filter(({ name }) => name.startsWith('job '));
  expect(
    new Set(jobs.map(({ kind, parentSpanId, resource }) => `${kind} ${parentSpanId} ${resource['service.name']}`)),
  ).toEqual(new Set(['consumer null firstcome-worker']));
});

it('a claim that MySQL can’t store says so in its trace, and the line in the log names that trace', async () => {
  const event = await knownEvent();
  const { traceId, spanId, traceparent } = traceparentFor();
  const { outbox } = roundKeys(event.id, 1);
  const entry = ['s', '4000000000', 't', String(Date.now()), 'u', 'lee', 'p', `lee ${traceparent}`];
  await direct.redis.xadd(outbox, '*', ...entry);
  // Requests a drain.
  await post(api, { body: { eventId: event.id }, userId: 'choi' });
  const spans = await collector.untilSpans(stored, { traceId });
  const row = named(spans, 'claim.store');
  expect(row.parentSpanId).toBe(spanId);
  expect(row.attributes).toMatchObject({ 'firstcome.claim.set_aside': expect.any(String) as string });
  const [line] = await worker.outputMatching(/^.*"event":"claims_set_aside".*$/m);
  expect(JSON.parse(line)).toMatchObject({ traceId, eventId: event.id });
});

it('health checks, metrics and pages are not traced', async () => {
  for (const path of ['/livez', '/readyz', '/metrics', '/']) await fetch(`${api.url}${path}`);
  const { traceId, traceparent } = traceparentFor();
  await fetch(`${api.url}/trpc/clock.get`, { headers: { traceparent } });
  const spans = await collector.untilSpans((all) => all.some((span) => span.traceId === traceId));
  const requests = spans.filter(({ kind }) => kind === 'server');
  expect(requests.filter(({ name }) => !/ \/(trpc|api)\//.test(name))).toEqual([]);
});
