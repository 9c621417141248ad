import { afterAll, beforeAll, expect, it } from 'vitest';
import { inputProperties, schemasOf } from '../../../api/rest/procedures.ts';
import { routesOf } from '../../../api/rest/rest-handler.ts';
import type { Procedure, Route } from '../../../api/rest/route.ts';
import { createRandom, type Random } from '../random.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { adminToken, badTokens, userToken } from '../tokens.ts';

/**
 * Sends the same generated calls over REST and over tRPC. Answers, reasons for refusals, and the calls that reach core
 * must be the same.
 */

const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const perRoute = Number(process.env['DIFFERENTIAL_REQUESTS'] ?? 25);
const routes = routesOf('everything');

let rest: TestApi;
let trpc: TestApi;
beforeAll(async () => {
  rest = await openTestApi();
  trpc = await openTestApi();
});
afterAll(async () => {
  await rest[Symbol.asyncDispose]();
  await trpc[Symbol.asyncDispose]();
});

type Call = { input: Record<string, unknown>; token: string | null; key: string | undefined };
type Answer = { status: number; data?: unknown; refusal?: { detail: string; reason: string; issues: unknown[] } };

it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  `%s (DIFFERENTIAL_SEED=${seed})`,
  async (_name, route) => {
    const random = createRandom(seed);
    for (let count = 0; count < perRoute; count += 1) {
      const call = generate(random, route);
      expect({ call, answer: await byRest(route, call) }).toEqual({ call, answer: await byTrpc(route, call) });
      expect({ call, reached: reached(rest) }).toEqual({ call, reached: reached(trpc) });
    }
  },
);

const reached = ({ core }: TestApi) => ({ calls: core.calls.splice(0), submitted: core.submitted.splice(0) });

async function byRest(route: Route, { input, token, key }: Call): Promise<Answer> {
  const { method, target } = route;
  const rests: Record<string, unknown> = { ...input };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = encodeURIComponent(String(rests[name]));
    Reflect.deleteProperty(rests, name);
    return value;
  });
  const search =
    method === 'GET'
      ? `?${new URLSearchParams(Object.entries(rests).map(([name, value]): [string, string] => [name, String(value)])).toString()}`
      : '';
  const takesBody = method !== 'GET' && !(target.kind === 'claim' && target.only === null);
  const response = await fetch(rest.url + path + search, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(takesBody && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(takesBody && { body: JSON.stringify(rests) }),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return answerOf(route, response, body);
}

/** A REST response in tRPC's terms. In tRPC, the outcome of a claim is an answer, whatever its HTTP status in REST. */
function answerOf({ target }: Route, response: Response, body: Record<string, unknown>): Answer {
  if (response.headers.get('content-type') === 'application/problem+json') {
    const { detail, reason, issues } = body as { detail: string; reason: string; issues: unknown[] };
    return reason === 'no_claim'
      ? { status: 200, data: null }
      : { status: response.status, refusal: { detail, reason, issues } };
  }
  if (target.kind === 'claim') return { status: 200, data: body };
  return { status: 200, data: target.listAs === undefined ? body : body[target.listAs] };
}

async function byTrpc({ target, method }: Route, { input, token, key }: Call): Promise<Answer> {
  const name = target.kind === 'claim' ? 'claim.submit' : target.name;
  const takesKey = key !== undefined && 'requestId' in inputProperties(schemasOf(name).input);
  const whole = JSON.stringify({ ...input, ...(takesKey && { requestId: key }) });
  const headers = { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
  const response =
    method === 'GET'
      ? await fetch(`${trpc.url}/trpc/${name}?input=${encodeURIComponent(whole)}`, { headers })
      : await fetch(`${trpc.url}/trpc/${name}`, { method: 'POST', headers, body: whole });
  const { result, error } = (await response.json()) as {
    result?: { data: unknown };
    error?: { message: string; data: { code: string; reason?: string; issues?: unknown[] } };
  };
  if (error === undefined) return { status: 200, data: result?.data };
  const { code, reason = code === 'INTERNAL_SERVER_ERROR' ? 'internal' : code.toLowerCase(), issues = [] } = error.data;
  return { status: response.status, refusal: { detail: error.message, reason, issues } };
}

const eventIds = [
  ...['open', 'open', 'scheduled', 'paused', 'closed', 'sold-out', 'busy', 'unavailable', 'gate-lost', 'overloaded'],
  ...['conflict', 'forbidden', 'broken', 'nobody-knows-it', 'with space', 'a{b}', 'x'.repeat(65), '__proto__', '김'],
];

const good: Record<string, unknown[]> = {
  userId: ['kim', 'lee'],
  serial: [1, 7],
  code: ['W45C-J29D-N8GV-9WM9'],
  round: [1, 2],
  afterSerial: [0, 5],
  limit: [1, 50],
  name: ['Autumn'],
  amount: [10_000],
  stock: [5],
  add: [5],
  version: [1],
  confirm: ['Event open'],
  opensAt: ['2099-01-01T00:00:00Z'],
  closesAt: ['2099-01-02T00:00:00Z', null],
  sinceAt: ['2026-01-01T00:00:00Z'],
  role: ['viewer', 'operator'],
  strategy: ['db-lock', 'redis-stream'],
  currency: ['KRW', 'JPY'],
  reason: ['a test'],
  requestId: ['r1', 'r2'],
  repair: [true, false],
  cascade: [true, false],
  listed: [true, false],
  ttlSeconds: [60],
  expiresAt: ['2099-01-01T00:00:00Z'],
  timeZone: ['Asia/Seoul'],
  action: ['event.pause'],
  actor: ['the-admin'],
  fromSerial: [3],
};
/**
 * Every REST query parameter is text. So the test only generates texts that REST and tRPC refuse for the same reason.
 */
const wrong: unknown[] = ['', 'x'.repeat(6_000), 0, -1, 1.5, null, true, [], {}, '__proto__'];
const wrongInUrls: Record<string, unknown[]> = {
  limit: [0, 5_000],
  round: [0],
  afterSerial: [-1],
  sinceAt: ['soon'],
  action: ['?'],
};

function generate(random: Random, route: Route): Call {
  const { target, method } = route;
  const input: Record<string, unknown> = target.kind === 'claim' ? {} : fieldsFor(random, target, method === 'GET');
  if (target.kind === 'claim' || 'eventId' in input || route.path.includes('{eventId}'))
    input['eventId'] = random.one(eventIds);
  // The in-memory core has only events of this strategy.
  if (target.kind === 'claim' && target.only !== null && target.only !== 'redis-stream')
    input['eventId'] = random.one(eventIds.slice(6));
  if (route.path.includes('{id}'))
    input['id'] = target.kind === 'procedure' && target.name.startsWith('admin.apiKey') ? 'k1' : 7;
  if (random.chance(0.15) && method !== 'GET' && target.kind !== 'claim') input['madeUp'] = 1;
  return {
    input,
    token: random.chance(0.75)
      ? adminToken('admin')
      : random.one([
          null,
          userToken('kim'),
          adminToken('viewer'),
          adminToken('operator'),
          'fcfs_operator',
          'fcfs_unavailable',
          ...Object.values(badTokens()),
        ]),
    key: random.chance(0.3) ? random.one(['k-1', 'k-2', 'x'.repeat(128), 'x'.repeat(129)]) : undefined,
  };
}

function fieldsFor(random: Random, { name }: Procedure, inUrl: boolean): Record<string, unknown> {
  const { input } = schemasOf(name);
  const json = JSON.stringify(Object.keys(inputProperties(input)));
  const names =
    json === '[]' && input !== null && name === 'admin.claim.show'
      ? ['eventId', 'userId']
      : Object.keys(inputProperties(input));
  const fields: Record<string, unknown> = {};
  for (const field of names) {
    // REST sends the requestId in a header.
    if (field === 'requestId' || !random.chance(0.75)) continue;
    const choices = inUrl ? (wrongInUrls[field] ?? good[field] ?? ['kim']) : wrong;
    fields[field] = random.chance(0.12) ? random.one(choices) : random.one(good[field] ?? ['open']);
  }
  return fields;
}
