import { expect, it } from 'vitest';
import { prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  type ApiProcess,
} from '../support/system.ts';
import { startTraceCollector, tracingEnv, type TraceCollector } from '../support/trace-collector.ts';
import { useTestStores } from '../support/use-stores.ts';

const stores = useTestStores();

async function openTraced(collector: TraceCollector, more: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack();
  const servers = { redisUrl: stores.redisUrl, databaseUrl: stores.databaseUrl };
  const env = tracingEnv(collector, { OTEL_BSP_MAX_QUEUE_SIZE: '100', ...more });
  const direct = opened.use(openDirect(servers));
  const api = opened.use(await startApi({ ...servers, env }));
  const worker = opened.use(await startWorker({ ...servers, env }));
  const all = opened.move();
  return { direct, api, worker, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const linesOf = (output: string, event: string) =>
  output
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function sellTo(api: ApiProcess, count: number) {
  const event = await createEvent(api, { stock: count });
  const crowd = crowdAt([api], event, { userIds: someUsers(count + 20) });
  await crowd.done;
  return { event, answers: crowd.answers };
}

it('while the trace collector is down, claims are decided and stored as ever, each process warns once, and says when it is back', async () => {
  await using collector = await startTraceCollector();
  await collector.close();
  // The exporter tries again until this time is over.
  await using system = await openTraced(collector, { OTEL_EXPORTER_OTLP_TIMEOUT: '500' });
  const { api, worker, direct } = system;

  // Far more spans than may wait.
  const sales = [await sellTo(api, 300), await sellTo(api, 100)];
  for (const process of [api.process, worker]) await process.outputMatching(/"event":"traces_not_sent"/, 30_000);
  sales.push(await sellTo(api, 100));
  for (const { event, answers } of sales) {
    await prove(direct, event, { issued: event.stock, apis: [api], answers });
  }
  for (const output of [api.process.output(), worker.output()]) {
    const [line, ...more] = linesOf(output, 'traces_not_sent');
    expect(more).toEqual([]);
    expect(line).toMatchObject({ level: 'warn', cause: { code: 'ECONNREFUSED' } });
    expect(linesOf(output, 'traces_sent_again')).toEqual([]);
  }

  await collector.reopen();
  const { event } = await sellTo(api, 10);
  for (const process of [api.process, worker]) {
    await process.outputMatching(/"event":"traces_sent_again"/, 30_000);
    const [line] = linesOf(process.output(), 'traces_sent_again');
    expect(Number(line?.['lost'])).toBeGreaterThan(0);
  }
  const after = await sellTo(api, 10);
  await collector.untilSpans((spans) =>
    spans.some(({ name, attributes }) => name === 'claim.store' && attributes['firstcome.event.id'] === after.event.id),
  );
  expect(event.id).not.toBe(after.event.id);
});

it('a trace collector that hangs does not keep the processes from stopping in order', async () => {
  await using collector = await startTraceCollector();
  await using system = await openTraced(collector);
  const { api, worker, direct } = system;
  collector.hang();
  const { event, answers } = await sellTo(api, 50);
  await prove(direct, event, { issued: event.stock, apis: [api], answers });
  const ended = await Promise.all([api.process.stop(), worker.stop()]);
  expect(ended).toEqual([true, true]);
  expect(await Promise.all([api.process.ended, worker.ended])).toMatchObject([{ code: 0 }, { code: 0 }]);
});

it('a process that stops sends the spans that are still waiting', async () => {
  await using collector = await startTraceCollector();
  const env = tracingEnv(collector, { OTEL_BSP_SCHEDULE_DELAY: '60000' });
  await using api = await startApi({ redisUrl: stores.redisUrl, databaseUrl: stores.databaseUrl, env });
  await sellTo(api, 10);
  expect(collector.spans()).toEqual([]);
  expect(await api.process.stop()).toBe(true);
  expect(collector.spans().filter(({ name }) => name === 'claim.submit').length).toBeGreaterThanOrEqual(10);
});
