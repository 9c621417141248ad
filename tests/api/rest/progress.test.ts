import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { ReconcileOptions, ReconcileProgress } from '../../../core/reconcile/report.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { adminToken } from '../tokens.ts';

/**
 * If the caller accepts JSON lines, a reconcile over REST sends lines of progress, and then the body that a plain call
 * would get.
 */

const step: ReconcileProgress = { step: 'claims in MySQL', done: 1, of: 9 };

async function apiThat(work: (options: ReconcileOptions) => Promise<void>): Promise<TestApi> {
  const api = await openTestApi();
  const reconcile = api.core.admin.reconcile.bind(api.core.admin);
  api.core.admin.reconcile = async (input, actor, options = {}) => {
    await work(options);
    return reconcile(input, actor, options);
  };
  return api;
}

async function ask({ url }: TestApi, accept: string): Promise<IncomingMessage> {
  const sent = request(`${url}/api/v1/admin/events/open/reconcile`, {
    method: 'POST',
    headers: { accept, authorization: `Bearer ${adminToken('operator')}` },
  });
  sent.on('error', () => undefined);
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

const linesOf = async (answer: IncomingMessage): Promise<unknown[]> =>
  (await text(answer))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

it('a streamed reconcile reports each step, and ends with the body of the plain answer', async () => {
  await using api = await apiThat(({ watch }) => Promise.resolve(watch?.(step)));
  const streamed = await ask(api, 'application/x-ndjson');
  expect(streamed).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/x-ndjson' } });
  const lines = await linesOf(streamed);
  const [plain] = await linesOf(await ask(api, '*/*'));
  expect(lines).toEqual([{ progress: step }, { result: plain }]);
  expect(plain).toMatchObject({ eventId: 'open', verdict: 'clean' });
});

it('a reconcile reports a problem in the last line, or as the whole answer if it fails before its first step', async () => {
  const fault = () => Promise.reject(new Fault('unavailable', 'MySQL is away.'));
  await using late = await apiThat(({ watch }) => {
    watch?.(step);
    return fault();
  });
  const problem = {
    status: 503,
    title: 'Service Unavailable',
    detail: 'MySQL is away.',
    reason: 'unavailable',
    issues: [],
  };
  expect(await linesOf(await ask(late, 'application/x-ndjson'))).toMatchObject([
    { progress: step },
    { error: problem },
  ]);
  await using early = await apiThat(fault);
  const answer = await ask(early, 'application/x-ndjson');
  expect(answer).toMatchObject({
    ...{ statusCode: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' } },
  });
  expect(await linesOf(answer)).toMatchObject([problem]);
});

it('a reconcile stops at the next safe point if its caller disconnects', async () => {
  const ended = Promise.withResolvers<void>();
  await using api = await apiThat(async ({ watch, signal }) => {
    watch?.(step);
    signal?.addEventListener('abort', () => ended.resolve());
    await ended.promise;
    signal?.throwIfAborted();
  });
  const answer = await ask(api, 'application/x-ndjson');
  answer.destroy();
  await ended.promise;
});
