import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplyError } from './call.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, userToken } from './tokens.ts';

/** If a call does not reach a procedure, the answer is one sentence that explains how to call it. */

let api: TestApi;
let stock: TestApi;
let guest: TestApi;
beforeAll(async () => {
  api = await openTestApi({ hotLane: true });
  stock = await openTestApi({ hotLane: false });
  guest = await openTestApi({ exposure: 'public' });
});
afterAll(async () => {
  for (const opened of [api, stock, guest]) await opened[Symbol.asyncDispose]();
});

const json = { 'content-type': 'application/json', authorization: `Bearer ${userToken('kim')}` };
const submit = { method: 'POST', headers: json, body: '{"eventId":"open"}' };

async function refused(path: string, init: RequestInit = {}, { url }: TestApi = api) {
  const response = await fetch(`${url}${path}`, init);
  const answer = (await response.json()) as { error: ReplyError } | { error: ReplyError }[];
  const [{ error } = { error: undefined }] = [answer].flat();
  return { status: response.status, message: error?.message, problem: error?.data.problem };
}

describe('a call of an unknown procedure', () => {
  it.each([
    ['/trpc/claim.sumbit', 'claim.submit'],
    ['/trpc/claim.Submit', 'claim.submit'],
    ['/trpc/claim-submit', 'claim.submit'],
    ['/trpc/claimSubmit', 'claim.submit'],
    ['/trpc/event.lists', 'event.list'],
    ['/trpc/admin.event.topup', 'admin.event.topUp'],
  ])('to %s gets the suggestion %s', async (path, suggestion) => {
    const procedure = path.slice('/trpc/'.length);
    expect(await refused(path, submit)).toEqual({
      status: 404,
      message: `There is no procedure "${procedure}". Did you mean ${suggestion}?`,
      problem: { code: 'unknown_procedure', params: { procedure, suggestion } },
    });
  });

  it('gets no suggestion if no procedure is similar', async () => {
    expect(await refused('/trpc/weather.tomorrow')).toMatchObject({
      status: 404,
      message: 'There is no procedure "weather.tomorrow".',
    });
  });

  it('gets a suggestion even in a batch', async () => {
    expect(await refused('/trpc/claim.sumbit?batch=1', { ...submit, body: '{"0":{"eventId":"open"}}' })).toMatchObject({
      message: 'There is no procedure "claim.sumbit". Did you mean claim.submit?',
    });
  });

  it('gets no suggestion of an admin procedure on a port without admin procedures', async () => {
    for (const path of ['/trpc/admin.event.creat', '/trpc/admin-event-create']) {
      const { message } = await refused(path, {}, guest);
      expect(message).not.toContain('Did you mean');
    }
  });
});

describe('a call with the wrong method', () => {
  it('is answered with a hint to use POST if the procedure changes something', async () => {
    expect(await refused('/trpc/claim.submit?input=%7B%22eventId%22%3A%22open%22%7D')).toEqual({
      status: 405,
      message: 'claim.submit changes something, so call it with POST and its input as JSON in the body.',
      problem: { code: 'mutation_needs_post', params: { procedure: 'claim.submit' } },
    });
    expect((await refused('/trpc/claim.submit?batch=1')).message).toContain('call it with POST');
  });

  it('is answered with a hint to use GET if the procedure only reads', async () => {
    expect(await refused('/trpc/event.get', submit)).toMatchObject({
      status: 405,
      message: 'event.get only reads, so call it with GET and its input as URL-encoded JSON in ?input=.',
    });
  });
});

describe('an input that is not sent as JSON', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
  ])('but as %s is refused, and the answer names the right header', async (type) => {
    for (const server of [api, stock]) {
      expect(
        await refused('/trpc/claim.submit', { ...submit, headers: { ...json, 'content-type': type } }, server),
      ).toEqual({
        status: 415,
        message: 'Send the input as JSON, with the header Content-Type: application/json.',
        problem: { code: 'not_json_type', params: {} },
      });
    }
  });
});

describe('a missing input', () => {
  it.each([
    ['/trpc/claim.submit?batch=1', '{}'],
    ['/trpc/claim.submit?batch=1', '{"1":{"eventId":"open"}}'],
  ])(
    'for %s with the body %s gets the same answer in both lanes, which says where the input belongs',
    async (path, body) => {
      const told = await refused(path, { ...submit, body });
      expect(told).toMatchObject({
        status: 400,
        message: 'The input is missing: send it as a JSON object in the body.',
        problem: { code: 'input_missing_body', params: {} },
      });
      expect(await refused(path, { ...submit, body }, stock)).toEqual(told);
    },
  );

  it('for a read gets an answer that says that the input belongs in the URL', async () => {
    expect(await refused('/trpc/event.get')).toMatchObject({
      status: 400,
      message: 'The input is missing: send it as a URL-encoded JSON object in ?input=.',
    });
  });

  it('for an admin procedure gets the same answer', async () => {
    const headers = { ...json, authorization: `Bearer ${adminToken('operator')}` };
    expect(await refused('/trpc/admin.event.pause', { method: 'POST', headers })).toMatchObject({
      message: 'The input is missing: send it as a JSON object in the body.',
    });
  });
});
