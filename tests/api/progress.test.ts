import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ReconcileOptions, ReconcileProgress } from '../../core/reconcile/report.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, userToken } from './tokens.ts';

/**
 * If the caller accepts lines of JSON, `admin.reconcile` sends lines of progress, and then a line with the answer that
 * the plain call would get.
 */

const progressType = 'application/x-ndjson';

/** Calls as `curl -N -H 'Accept: application/x-ndjson' -d '{...}'` does. */
async function ask(
  url: string,
  input: unknown,
  { token = adminToken('operator'), accept = progressType, path = 'admin.reconcile' } = {},
) {
  const sent = request(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify(input));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

type Line = {
  progress?: ReconcileProgress;
  result?: { data: { verdict: string } };
  error?: { message: string; data: { code: string; httpStatus: number; reason?: string } };
};

async function linesOf(...asked: Parameters<typeof ask>): Promise<{ status: number; type: string; lines: Line[] }> {
  const answer = await ask(...asked);
  const lines = (await text(answer)).trimEnd().split('\n');
  const { statusCode: status = 0, headers } = answer;
  return { status, type: headers['content-type'] ?? '', lines: lines.map((line) => JSON.parse(line) as Line) };
}

async function apiThat(work: (options: ReconcileOptions) => Promise<void>): Promise<TestApi> {
  const api = await openTestApi();
  const reconcile = api.core.admin.reconcile.bind(api.core.admin);
  api.core.admin.reconcile = async (input, actor, options = {}) => {
    await work(options);
    return reconcile(input, actor, options);
  };
  return api;
}

const open = { eventId: 'open', repair: false };
const step = (done: number): ReconcileProgress => ({ step: 'claims in MySQL', done, of: 9 });

describe('a reconcile for a caller who accepts lines of JSON', () => {
  it('reports each step as it happens, and ends with the answer of the plain call', async () => {
    const heard = Promise.withResolvers<void>();
    await using api = await apiThat(async ({ watch }) => {
      watch?.(step(1));
      await heard.promise;
    });
    const answer = await ask(api.url, open);
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': progressType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    });
    const [first] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
    expect(JSON.parse(first)).toEqual({ progress: step(1) });
    heard.resolve();
    const rest = (await text(answer)).trimEnd().split('\n');
    const plain = await linesOf(api.url, open, { accept: '*/*' });
    expect(plain).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(rest.at(-1) ?? '')).toEqual(plain.lines[0]);
  });

  it('repeats the line of a step that takes long, so that nobody thinks the call has died', async () => {
    const again = Promise.withResolvers<void>();
    await using api = await apiThat(async ({ watch }) => {
      watch?.(step(1));
      await again.promise;
    });
    const answer = await ask(api.url, open);
    answer.setEncoding('utf8');
    let heard = '';
    for await (const chunk of answer as AsyncIterable<string>) {
      heard += chunk;
      if (heard.split('\n').length > 3) again.resolve();
    }
    const lines = heard.trimEnd().split('\n');
    expect(lines.slice(0, 3).map((line) => JSON.parse(line) as unknown)).toEqual(Array(3).fill({ progress: step(1) }));
  });

  it('drops lines if its reader is too slow, instead of keeping them', async () => {
    const steps = 200_000;
    await using api = await apiThat(async ({ watch }) => {
      for (let done = 1; done <= steps; done += 1) {
        watch?.(step(done));
        if (done % 1_000 === 0) await delay(0);
      }
    });
    const { lines } = await linesOf(api.url, open);
    expect(lines.at(-1)).toMatchObject({ result: { data: { verdict: 'clean' } } });
    expect(lines.length).toBeLessThan(steps / 100);
  });

  it('does not buffer lines for a caller who does not read', async () => {
    // Far more than both sockets can buffer.
    const [steps, bytes] = [25, 2_000_000];
    let told = 0;
    const over = Promise.withResolvers<void>();
    await using api = await apiThat(async ({ watch }) => {
      for (told = 1; told <= steps; told += 1) {
        watch?.({ ...step(told), step: 'x'.repeat(bytes) });
        await delay(120);
      }
      over.resolve();
    });
    const answer = await ask(api.url, open);
    answer.pause();
    await over.promise;
    const lines = (await text(answer)).trimEnd().split('\n');
    expect(lines.at(-1)).toContain('"verdict":"clean"');
    expect(lines.length).toBeLessThan(steps / 2);
  });

  it.each<[string, Parameters<typeof ask>[1], Parameters<typeof ask>[2], number, string]>([
    ['a caller with a bad token', open, { token: 'nonsense' }, 401, 'UNAUTHORIZED'],
    ['a user', open, { token: userToken('kim') }, 403, 'FORBIDDEN'],
    ['a viewer', open, { token: adminToken('viewer') }, 403, 'FORBIDDEN'],
    ['an operator who names no valid event', { eventId: 'a b' }, {}, 400, 'BAD_REQUEST'],
    ['an operator whose event does not exist', { eventId: 'unknown' }, {}, 404, 'NOT_FOUND'],
    ['an operator whose store is down', { eventId: 'unavailable' }, {}, 503, 'SERVICE_UNAVAILABLE'],
    ['an operator with too large an input', { eventId: 'x'.repeat(20_000) }, {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['an operator who calls an unknown procedure', open, { path: 'admin.repair' }, 404, 'NOT_FOUND'],
  ])(
    'refuses %s with the status of the plain call, and sends no line before it',
    async (_who, input, how, status, code) => {
      await using api = await openTestApi();
      const answer = await linesOf(api.url, input, how);
      expect(answer).toMatchObject({ status, lines: [{ error: { data: { code, httpStatus: status } } }] });
      const plain = await linesOf(api.url, input, { ...how, accept: '*/*' });
      expect(answer).toEqual(plain);
    },
  );

  it('reports an error after the first step in the last line', async () => {
    await using api = await apiThat(({ watch }) => {
      watch?.(step(1));
      return Promise.reject(new Error('a bug, with a secret'));
    });
    const { status, lines } = await linesOf(api.url, open);
    expect(status).toBe(200);
    expect(lines.at(-1)).toMatchObject({ error: { data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500 } } });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('stops when its caller disconnects', async () => {
    const left = Promise.withResolvers<unknown>();
    await using api = await apiThat(({ watch, signal }) => {
      watch?.(step(1));
      signal?.addEventListener('abort', () => left.resolve(signal.reason));
      return left.promise.then(() => undefined);
    });
    (await ask(api.url, open)).destroy();
    expect(await left.promise).toMatchObject({ name: 'Fault', code: 'unavailable' });
  });

  it('ends when the API stops, and says that the call can be repeated', async () => {
    const api = await apiThat(async ({ watch, signal }) => {
      watch?.(step(1));
      await once(signal as AbortSignal, 'abort');
      signal?.throwIfAborted();
    });
    const answer = await ask(api.url, open);
    await api.api.close();
    const last = (await text(answer)).trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      error: {
        message: expect.stringContaining('Repeat the call to finish') as string,
        data: { reason: 'unavailable' },
      },
    });
  });

  it('gets the plain answer in a batch, and 404 on a public port', async () => {
    await using api = await apiThat(({ watch }) => Promise.resolve(watch?.(step(1))));
    const batch = await linesOf(api.url, { 0: open }, { path: 'admin.reconcile?batch=1' });
    expect(batch).toMatchObject({ status: 200, type: 'application/json' });
    await using forEverybody = await openTestApi({ exposure: 'public' });
    expect(await linesOf(forEverybody.url, open)).toMatchObject({ status: 404 });
  });
});
