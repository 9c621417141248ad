import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, inject, it } from 'vitest';
import { roundKeys } from '../../../core/redis/keys.ts';
import { makeTestDir } from '../../support/run-dir.ts';
import { createEvent, openDirect, startApi, startWorker, tokenOf } from '../../support/system.ts';
import { startTraceCollector, tracingEnv } from '../../support/trace-collector.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const noteModules = pathToFileURL(join(import.meta.dirname, 'stand-ins/note-modules.mjs')).href;

/** Lets an API and a worker serve a claim, and returns which packages of OpenTelemetry each of them has loaded. */
async function packagesLoaded(env: Record<string, string>) {
  const dir = makeTestDir(inject('runDir'), 'loaded-modules');
  const fileOf = (name: string) => join(dir, name);
  const optionsOf = (name: string) => ({
    ...{ redisUrl: stores.redisUrl, databaseUrl: stores.databaseUrl },
    env: { ...env, LOADED_MODULES_FILE: fileOf(name), NODE_OPTIONS: `--import ${noteModules}` },
  });
  await using direct = openDirect(optionsOf('test'));
  await using api = await startApi(optionsOf('api'));
  const event = await createEvent(api, { stock: 10 });
  // Without a worker, the claim stays in the outbox.
  const client = api.client(tokenOf('kim'));
  await client.claim.submit.mutate({ eventId: event.id });
  const [entry] = await direct.redis.xrange(roundKeys(event.id, 1).outbox, '-', '+');
  await using worker = await startWorker(optionsOf('worker'));
  await expect.poll(() => direct.db.claim.count({ where: { eventId: event.id } })).toBe(1);
  expect(await api.process.stop()).toBe(true);
  expect(await worker.stop()).toBe(true);
  const of = (name: string) => [
    ...new Set(
      readFileSync(fileOf(name), 'utf8')
        .split('\n')
        .flatMap((url) => /node_modules\/(@opentelemetry\/[^/]+)\//.exec(url)?.[1] ?? []),
    ),
  ];
  const outputs = [api.process.output(), worker.output()];
  return { api: of('api'), worker: of('worker'), entry: entry?.[1] ?? [], outputs };
}

it('without an endpoint, API and worker load nothing of OpenTelemetry but its interface, which prom-client loads', async () => {
  const { api, worker, entry, outputs } = await packagesLoaded({ OTEL_TRACES_SAMPLER: 'always_on' });
  expect({ api, worker }).toEqual({ api: ['@opentelemetry/api'], worker: ['@opentelemetry/api'] });
  // The outbox and the log are as they have always been.
  expect(entry.filter((_, at) => at % 2 === 0)).toEqual(['s', 't', 'u']);
  for (const output of outputs) expect(output).not.toContain('traceId');
});

it('with an endpoint, API and worker load OpenTelemetry’s SDK, and the outbox carries the traces of sampled claims', async () => {
  await using collector = await startTraceCollector();
  const { api, worker, entry } = await packagesLoaded(tracingEnv(collector));
  for (const packages of [api, worker]) expect(packages).toContain('@opentelemetry/sdk-trace');
  expect(entry.filter((_, at) => at % 2 === 0)).toEqual(['s', 't', 'u', 'p']);
  expect(collector.spans().map(({ name }) => name)).toContain('claim.store');
});

it('the outbox carries nothing more for claims that are not sampled', async () => {
  await using collector = await startTraceCollector();
  const { entry } = await packagesLoaded(tracingEnv(collector, { OTEL_TRACES_SAMPLER: 'always_off' }));
  expect(entry.filter((_, at) => at % 2 === 0)).toEqual(['s', 't', 'u']);
  expect(collector.spans()).toEqual([]);
});
