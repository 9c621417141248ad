import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startServices } from '../../scripts/services/services.ts';
import { createDatabaseTemplate, type DatabaseTemplate } from './database-template.ts';
import { makeRunDir, removeDeadRuns, removeRunDir } from './run-dir.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** This run's folder. All tests write into this folder. */
    runDir: string;
    /** The shared Redis. `createTestRedis` gives each test a logical database of its own on this Redis. */
    redisUrl: string;
    /** The shared MariaDB, with a user who may create databases. Use `createTestDatabase`. */
    databaseAdminUrl: string;
    databaseTemplate: DatabaseTemplate;
  }
}

/** Starts the Redis and the MariaDB that all test files share. Neither touches the data of `npm start`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeDeadRuns();
  const runDir = await makeRunDir();
  const remove = () => rmSync(runDir, { recursive: true, force: true });
  // On Ctrl-C, Vitest exits without a teardown. The servers end with this process (`forTests`), but their files would
  // be left behind.
  process.once('exit', remove);
  const services = await startServices({
    dataDir: runDir,
    say: (line) => console.error(line),
    forTests: true,
    databaseAdmin: true,
  });
  project.provide('runDir', runDir);
  project.provide('redisUrl', services.redisUrl);
  project.provide('databaseAdminUrl', services.databaseUrl);
  project.provide('databaseTemplate', await createDatabaseTemplate(services.databaseUrl));
  return async () => {
    await Promise.all(services.local.map((service) => service.kill()));
    process.off('exit', remove);
    await removeRunDir(runDir);
  };
}
