import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { isMigrated, migrate } from '../../core/mysql/migrate.ts';
import { root, startProcess } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

const waitFor = (databaseUrl: string) =>
  startProcess({ script: 'scripts/migrate.ts', args: ['--wait'], env: { DATABASE_URL: databaseUrl } });

it('a pod waits until its version’s migrations have been applied, and does not apply them itself', async () => {
  await using database = await createEmptyDatabase();
  const { databaseUrl } = database;
  const all = readdirSync(join(root, 'prisma/migrations'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  const earlier = makeTestDir(inject('runDir'), 'earlier-migrations');
  for (const { name } of all.slice(0, -1)) {
    cpSync(join(root, 'prisma/migrations', name), join(earlier, name), { recursive: true });
  }

  await using pod = await waitFor(databaseUrl);
  await pod.outputMatching(/lacks migrations of this version/);
  expect(await isMigrated({ databaseUrl })).toBe(false);
  await migrate({ databaseUrl, directory: earlier });
  expect(await isMigrated({ databaseUrl })).toBe(false);
  expect(pod.isRunning()).toBe(true);
  await migrate({ databaseUrl });
  expect(await pod.ended).toMatchObject({ code: 0 });

  // After a rollback, the database is ahead of the pod's version.
  expect(await isMigrated({ databaseUrl, directory: earlier })).toBe(true);
});

it('a pod does not wait if MySQL does not answer, because the API can start without MySQL', async () => {
  await using pod = await waitFor('mysql://firstcome:word@127.0.0.1:1/firstcome');
  expect(await pod.ended).toMatchObject({ code: 0 });
  expect(pod.output()).toContain('Continuing anyway');
});

it('a pod with a wrong password fails, and says why', async () => {
  await using database = await createEmptyDatabase();
  const url = new URL(database.databaseUrl);
  url.password = 'wrong';
  await using pod = await waitFor(url.href);
  expect(await pod.ended).toMatchObject({ code: 1 });
  expect(pod.output()).toContain('Access denied');
});
