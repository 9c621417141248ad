import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../api/rest/openapi/document.ts';
import { routesOf } from '../../../api/rest/rest-handler.ts';
import type { Access, Route } from '../../../api/rest/route.ts';
import { Fault, type FaultCode } from '../../../core/runtime/fault.ts';
import { createInMemoryCore } from '../in-memory.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { adminToken, userToken } from '../tokens.ts';
import { differences, type Document, type DocumentedResponse, type Operation } from './document.ts';

/** Causes every documented answer and refusal over HTTP. Each response must match its description. */

const routes = routesOf('everything');
const document = openApiDocument(routes) as Document;

/** The error that each call into core throws. Null if the call succeeds. */
let fails: FaultCode | 'bug' | null = null;

function failing<Door extends object>(door: Door): Door {
  return new Proxy(door, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || fails === null) return method;
      const error = fails === 'bug' ? new Error('password=hunter2') : new Fault(fails, `It is ${fails} on purpose.`);
      return () => Promise.reject(error);
    },
  });
}

let api: TestApi;
beforeAll(async () => {
  const { claims, events, admin } = createInMemoryCore();
  api = await openTestApi({ claims: failing(claims), events: failing(events), admin: failing(admin) });
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(() => {
  fails = null;
});

type Sent = {
  method?: string;
  eventId?: string;
  query?: string;
  token?: string | null;
  body?: string;
  contentType?: string;
};

const enough: Record<Access, string | null> = {
  public: null,
  user: userToken('kim'),
  viewer: adminToken('viewer'),
  operator: adminToken('operator'),
  admin: adminToken('admin'),
};
const tooLow: Record<Access, string | null> = {
  public: null,
  user: 'fcfs_admin',
  viewer: userToken('kim'),
  operator: adminToken('viewer'),
  admin: adminToken('operator'),
};

async function send(route: Route, sent: Sent = {}): Promise<Response> {
  const { method, path, access, target } = route;
  const operation = operationOf(route);
  const { eventId = 'open', token = enough[access] } = sent;
  const example = operation.requestBody?.content['application/json'].example;
  const ofOriginalPath = target.kind === 'claim' && target.only !== null ? { eventId } : example;
  const body = sent.body ?? (ofOriginalPath === undefined ? undefined : JSON.stringify(ofOriginalPath));
  const url = path.replace('{eventId}', eventId).replace('{id}', '1') + (sent.query ?? queryOf(operation));
  return fetch(api.url + url, {
    method: sent.method ?? method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && method !== 'GET' && { 'content-type': sent.contentType ?? 'application/json' }),
    },
    ...(body !== undefined && method !== 'GET' && sent.method === undefined && { body }),
  });
}

const operationOf = ({ path, method }: Route): Operation => {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${path} is not in the document.`);
  return operation;
};

function queryOf({ parameters = [] }: Operation): string {
  const needed = parameters.filter((each) => each.in === 'query' && each.required === true);
  const search = new URLSearchParams(needed.map(({ name = '', example }): [string, string] => [name, String(example)]));
  return needed.length === 0 ? '' : `?${search.toString()}`;
}

async function provoke(route: Route, status: string): Promise<Response> {
  const isClaim = route.target.kind === 'claim';
  const failWith = (code: typeof fails): Promise<Response> => {
    fails = code;
    return send(route);
  };
  switch (status) {
    case '400':
      return send(route, wrongInput(route));
    case '401':
      return send(route, { token: null });
    case '403':
      return send(route, { token: tooLow[route.access] });
    case '404':
      return isClaim ? send(route, { eventId: 'nobody-knows-it' }) : failWith('not_found');
    case '405':
      return send(route, { method: 'DELETE' });
    case '409':
      return failWith('conflict');
    case '413':
      return send(route, { body: JSON.stringify({ more: 'x'.repeat(20_000) }) });
    case '415':
      return send(route, { body: '<xml/>', contentType: 'text/xml' });
    case '429':
      return failWith('busy');
    case '500':
      return failWith('bug');
    case '503':
      return route.path.endsWith('/whoami') ? send(route, { token: 'fcfs_unavailable' }) : failWith('gate_lost');
    default:
      throw new Error(`This test cannot provoke a ${status}.`);
  }
}

function wrongInput({ path, method }: Route): Sent {
  if (path.includes('{eventId}')) return { eventId: 'a%20b' };
  return method === 'GET' ? { query: '?limit=0&userId=' } : { body: '[]' };
}

async function expectDescribed(response: Response, described: DocumentedResponse | undefined): Promise<unknown> {
  const resolved =
    described?.$ref === undefined ? described : document.components.responses[described.$ref.split('/').at(-1) ?? ''];
  const contentType = response.headers.get('content-type') ?? '';
  const content = resolved?.content?.[contentType];
  const body: unknown = await response.json();
  expect({ contentType, isDescribed: content !== undefined, body }).toMatchObject({ isDescribed: true });
  if (content !== undefined) expect(differences(body, content.schema, document)).toEqual([]);
  return body;
}

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  const { responses } = operationOf(route);
  const isClaim = route.target.kind === 'claim';
  const refusals = Object.keys(responses).filter(
    (status) => Number(status) >= 400 && !(isClaim && ['409', '410'].includes(status)),
  );

  if (!isClaim) {
    it('works with its documented example', async () => {
      if (route.path.endsWith('/claims/mine'))
        await send(routes.find(({ operationId }) => operationId === 'claimCoupon') ?? route);
      const response = await send(route);
      const [works] = Object.keys(responses).filter((status) => status.startsWith('2'));
      expect(String(response.status)).toBe(works);
      await expectDescribed(response, responses[String(response.status)]);
    });
  }

  it.each(refusals)('is refused with %s', async (status) => {
    const response = await provoke(route, status);
    expect(String(response.status)).toBe(status);
    const body = await expectDescribed(response, responses[status]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ status: Number(status) });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(response.headers.has('retry-after')).toBe(['429', '503'].includes(status));
    if (status === '401') expect(response.headers.get('www-authenticate')).toBe('Bearer');
    if (status === '405') expect(response.headers.get('allow')).toContain(route.method);
    if (status === '400') expect((body as { issues: unknown[] }).issues.length).toBeGreaterThan(0);
  });

  if (isClaim) {
    it('gives each of its documented answers', async () => {
      const strategy = route.target.kind === 'claim' ? route.target.only : null;
      await using own = await openTestApi();
      const views = ['open', 'scheduled', 'paused', 'closed', 'sold-out'];
      for (const id of views) Object.assign(await own.core.events.get(id), { strategy: strategy ?? 'redis-stream' });
      const before = api;
      api = own;
      try {
        const answers: [string, number, string][] = [
          ...([
            ['open', 201, 'issued'],
            ['open', 200, 'issued'],
            ['scheduled', 409, 'not_open'],
          ] as [string, number, string][]),
          ...([
            ['paused', 409, 'paused'],
            ['closed', 410, 'closed'],
            ['sold-out', 410, 'sold_out'],
          ] as [string, number, string][]),
        ];
        for (const [eventId, status, outcome] of answers) {
          const response = await send(route, { eventId });
          expect([eventId, response.status]).toEqual([eventId, status]);
          expect(await expectDescribed(response, responses[status])).toMatchObject({ status: outcome });
          expect(response.headers.has('retry-after')).toBe(outcome === 'not_open');
        }
        if (strategy === null) return;
        Object.assign(await own.core.events.get('open'), {
          strategy: strategy === 'db-lock' ? 'redis-stream' : 'db-lock',
        });
        const response = await send(route);
        expect(response.status).toBe(409);
        expect(await expectDescribed(response, responses[409])).toMatchObject({ reason: 'strategy_mismatch' });
      } finally {
        api = before;
      }
    });
  }
});

it('a request for a claim that certainly does not exist is answered 404 with a separate reason', async () => {
  const response = await fetch(`${api.url}/api/v1/events/paused/claims/mine`, {
    headers: { authorization: `Bearer ${userToken('nobody')}` },
  });
  expect(response.status).toBe(404);
  const described = document.paths['/api/v1/events/{eventId}/claims/mine']?.['get']?.responses['404'];
  expect(await expectDescribed(response, described)).toMatchObject({ reason: 'no_claim' });
});
