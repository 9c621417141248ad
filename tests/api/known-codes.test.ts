import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageCodes } from '../../core/messages/message.ts';
import { root } from '../support/processes.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, signToken, userToken } from './tokens.ts';

/**
 * Pages translate an error by its code. So every error and every wrong field must have a code that core/messages knows,
 * with the parameters of that code.
 */

let api: TestApi;
let stock: TestApi;
beforeAll(async () => {
  api = await openTestApi({ hotLane: true });
  stock = await openTestApi({ hotLane: false });
});
afterAll(async () => {
  for (const opened of [api, stock]) await opened[Symbol.asyncDispose]();
});

type Said = { code?: string; params?: object };
type Issue = Said & { message: string };
type Told = { problem?: Said; issues?: Issue[] };

const user = { authorization: `Bearer ${userToken('kim')}` };
const operator = { authorization: `Bearer ${adminToken('operator')}` };
const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = { ...json, ...user }): RequestInit => ({
  method: 'POST',
  headers,
  body,
});
const big = JSON.stringify({ eventId: 'x'.repeat(20_000) });
const long = `?${'x'.repeat(9_000)}`;
const expired = { authorization: `Bearer ${signToken({ sub: 'kim', exp: 1 })}` };
const create = (over: object): RequestInit => post(JSON.stringify(over), { ...json, ...operator });

const overTrpc: [what: string, path: string, init?: RequestInit][] = [
  ['no token', '/trpc/claim.submit', post('{"eventId":"open"}', json)],
  ['a header without a bearer token', '/trpc/claim.submit', post('{}', { ...json, authorization: 'Basic x' })],
  ['a broken token', '/trpc/claim.submit', post('{}', { ...json, authorization: 'Bearer x.y.z' })],
  ['an expired token', '/trpc/claim.submit', post('{"eventId":"open"}', { ...json, ...expired })],
  ['an unknown API key', '/trpc/admin.event.list', { headers: { authorization: `Bearer fcfs_${'a'.repeat(40)}` } }],
  ['too low a role', '/trpc/admin.event.list', { headers: user }],
  ['no input', '/trpc/claim.submit', post('')],
  ['an empty input', '/trpc/claim.submit', post('{}')],
  ['an input that is not an object', '/trpc/claim.submit', post('7')],
  ['an input that is not JSON', '/trpc/claim.submit', post('{')],
  ['an id that no event can have', '/trpc/claim.submit', post('{"eventId":"a b"}')],
  ['an unknown event', '/trpc/claim.submit', post('{"eventId":"nothing"}')],
  ['a broken server', '/trpc/claim.submit', post('{"eventId":"broken"}')],
  ['too large a body', '/trpc/claim.submit', post(big)],
  ['too long a URL', `/trpc/event.get${long}`],
  ['a content type other than JSON', '/trpc/claim.submit', post('a=b', { ...user, 'content-type': 'text/plain' })],
  ['a form', '/trpc/claim.submit', post('a=b', { ...user, 'content-type': 'application/octet-stream' })],
  ['the wrong method', '/trpc/claim.submit'],
  ['the wrong method for a query', '/trpc/event.get', post('{"eventId":"open"}')],
  ['an unknown procedure', '/trpc/claim.sumbit', post('{}')],
  ['a batch of something else', '/trpc/claim.submit?batch=1', post('[1]')],
  ['a batch with a wrong call', '/trpc/claim.submit,claim.submit?batch=1', post('{"0":{"eventId":""}}')],
  ['a mixed batch', '/trpc/claim.list,admin.event.list?batch=1', { headers: operator }],
  ['too many calls', `/trpc/${Array.from({ length: 11 }, () => 'clock.get').join(',')}?batch=1`],
  ['no field of an event', '/trpc/admin.event.create', create({})],
  [
    'every field of an event wrong',
    '/trpc/admin.event.create',
    create({
      ...{ name: '', amount: -1, stock: 0, opensAt: 'soon', closesAt: 7, currency: 'WON', strategy: 'luck', x: 1 },
      ...{ timeZone: 'Mars', description: 7, listed: 'yes', requestId: '', theme: [], imageUrl: 'ftp://x', terms: 7 },
    }),
  ],
  ['a wrong cursor', '/trpc/admin.event.list?input=%7B%22cursor%22%3A7%2C%22limit%22%3A0%7D', { headers: operator }],
  ['a path outside the API', '/nothing'],
];

const overRest: [what: string, path: string, init?: RequestInit][] = [
  ['an unknown path', '/api/v1/nothing'],
  ['the wrong method', '/api/v1/events/open/claims'],
  ['the wrong method in the hot lane', '/api/v1/coupon/issue/stream', { method: 'DELETE' }],
  ['too long a URL', `/api/v1/events${long}`],
  ['no token', '/api/v1/events/open/claims', { method: 'POST' }],
  ['too low a role', '/api/v1/admin/events', { headers: user }],
  ['an id that no event can have', '/api/v1/events/a.b/claims', { method: 'POST', headers: user }],
  ['a body that should be empty', '/api/v1/events/open/claims', post('{"x":1}')],
  ['a body that is a number', '/api/v1/events/open/claims', post('7')],
  ['a body without an event', '/api/v1/coupon/issue/stream', post('{}')],
  ['a list as the body', '/api/v1/coupon/issue/stream', post('[]')],
  ['a body that is not JSON', '/api/v1/coupon/issue/stream', post('{')],
  ['too large a body', '/api/v1/coupon/issue/stream', post(big)],
  [
    'a content type other than JSON',
    '/api/v1/coupon/issue/stream',
    post('a', { ...user, 'content-type': 'text/plain' }),
  ],
  ['another strategy', '/api/v1/coupon/issue/pessimistic', post('{"eventId":"open"}')],
  ['an unknown event', '/api/v1/events/nothing/claims', { method: 'POST', headers: user }],
  ['a broken server', '/api/v1/events/broken/claims', { method: 'POST', headers: user }],
  ['no claim', '/api/v1/events/open/claims/mine', { headers: { authorization: `Bearer ${userToken('lee')}` } }],
  ['a field in path and body', '/api/v1/admin/events/open/pause', create({ eventId: 'open' })],
  ['a field twice in the query', '/api/v1/events?phase=open&phase=open'],
  ['a list as the body of an admin', '/api/v1/admin/events', create([])],
  [
    'two request ids',
    '/api/v1/admin/events/open/pause',
    post('{"requestId":"a"}', { ...json, ...operator, 'idempotency-key': 'b' }),
  ],
];

function expectKnown(told: Told): void {
  for (const said of [told.problem, ...(told.issues ?? [])]) {
    expect(messageCodes, JSON.stringify(said)).toContain(said?.code);
    expect(said?.code, JSON.stringify(said)).not.toBe('invalid_field');
    expect(said?.params, JSON.stringify(said)).toBeTypeOf('object');
  }
}

describe.each(['hot lane', 'tRPC adapter'] as const)(
  'over tRPC through the %s, an error has a known code for',
  (lane) => {
    it.each(overTrpc)('%s', async (_what, path, init = {}) => {
      const { url } = lane === 'hot lane' ? api : stock;
      const response = await fetch(url + path, init);
      expect(response.status).toBeGreaterThanOrEqual(207);
      const answers = [(await response.json()) as { error?: { data: Told } }].flat();
      const errors = answers.flatMap(({ error }) => (error === undefined ? [] : [error]));
      expect(errors).not.toEqual([]);
      for (const { data } of errors) expectKnown(data);
    });
  },
);

describe('over REST, a problem has a known code for', () => {
  it.each(overRest)('%s', async (_what, path, init = {}) => {
    const response = await fetch(api.url + path, init);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expectKnown((await response.json()) as Told);
  });
});

it('core and the API make every fault and every refusal from a message of core/messages', () => {
  const files = globSync('{core,api}/**/*.ts', { cwd: root });
  expect(files.length).toBeGreaterThan(200);
  const text = /(?:new Fault\(\s*'\w+'|asUnavailable\(\s*\w+),\s*['"`]|new RefusedToken\(\s*\w+,\s*['"`]/;
  expect(files.filter((file) => text.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
