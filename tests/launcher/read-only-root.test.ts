import { expect, it } from 'vitest';
import { startProcess } from '../support/processes.ts';
import { createEvent, startApi, startWorker, tokenOf } from '../support/system.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startRedis } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

// Node's permission model refuses every write to a file, even by root. So our code runs as it would on a read-only
// root.
const NODE_OPTIONS = '--permission --allow-fs-read=* --allow-addons --allow-worker --allow-child-process';

it('the migrations, the API and the worker write no file, so a sale works on a read-only root', async () => {
  await using redis = await startRedis();
  await using database = await createTestDatabase();
  const stores = { redisUrl: redis.url, databaseUrl: database.databaseUrl };
  const env = { NODE_OPTIONS };

  await using refused = await startProcess({ script: 'tests/launcher/stand-ins/write-file.ts', env });
  expect(await refused.ended).toMatchObject({ code: 1 });
  expect(refused.output()).toContain('ERR_ACCESS_DENIED');

  await using migrate = await startProcess({
    script: 'scripts/migrate.ts',
    env: { ...env, DATABASE_URL: database.databaseUrl },
  });
  expect(await migrate.ended, migrate.output()).toMatchObject({ code: 0 });

  await using worker = await startWorker({ ...stores, env });
  await using api = await startApi({ ...stores, env: { ...env, NODE_ENV: 'production' } });
  const event = await createEvent(api, { stock: 1 });
  const user = api.client(tokenOf('kim'));
  await waitFor(async () => (await user.claim.submit.mutate({ eventId: event.id })).status === 'issued', {
    what: 'the claim',
  });
  await waitFor(async () => (await user.claim.mine.query({ eventId: event.id }))?.state === 'persisted', {
    what: 'the claim in MySQL',
  });
  for (const process of [api.process, worker]) expect(process.output()).not.toMatch(/ERR_ACCESS_DENIED|EROFS/);
});
