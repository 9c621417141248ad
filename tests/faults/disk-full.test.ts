import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { findOrInstall } from '../../scripts/services/binaries.ts';
import { startLocalService } from '../../scripts/services/local-service.ts';
import { redisServer } from '../../scripts/services/redis-server.ts';
import { expectBounded, expectHonestErrors, prove } from '../support/prove.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { createEvent, crowdAt, openDirect, someUsers, startApi, startWorker } from '../support/system.ts';
import { createTestDatabase } from '../support/test-database.ts';

/** A limit on file sizes simulates a full disk: one write is cut short, and the next one fails. */
it.skipIf(process.platform !== 'linux')(
  'if the disk fills up in a burst of claims, Redis exits, the API answers 503, and everything works again once there is space',
  async () => {
    await using database = await createTestDatabase();
    await using redis = await startRedisForLimits();
    const servers = { redisUrl: redis.url, databaseUrl: database.databaseUrl };
    await using direct = openDirect(servers);
    await using api = await startApi(servers);
    await using _worker = await startWorker(servers);
    const event = await createEvent(api, { stock: 700 });
    const crowd = crowdAt([api], event, { userIds: someUsers(800), overMs: 1_500 });
    await crowd.untilIssued(200);
    redis.leaveBytes(3_000);
    expect(await redis.ended()).toMatchObject({ code: 1 });
    await crowd.untilUnknown(20);
    await redis.restart();
    await crowd.done;
    expectHonestErrors(crowd.answers);
    expectBounded(crowd.answers);
    await prove(direct, event, { issued: 700, apis: [api], answers: crowd.answers });
  },
);

/**
 * Like `startRedis`, but if Redis writes beyond the limit, the write fails with an error instead of killing Redis with
 * a signal.
 */
async function startRedisForLimits() {
  const { redis: binary } = await findOrInstall({ redis: true, database: false }, (line) => console.error(line));
  const directory = makeTestDir(inject('runDir'), 'redis');
  const wrapper = join(directory, 'redis-server.sh');
  writeFileSync(wrapper, `#!/bin/sh\ntrap '' XFSZ\nexec "${binary ?? ''}" "$@"\n`);
  chmodSync(wrapper, 0o700);
  const files = { logFile: join(directory, 'server.log'), pidDir: join(directory, 'pids') };
  const service = await startLocalService(
    redisServer({ binary: wrapper, directory, ...files, password: 'test', dieWithUs: true }),
    { say: (line) => console.error(line) },
  );
  const aof = join(directory, 'appendonlydir');
  return {
    url: service.url,
    /** No file may grow by more than this many bytes beyond the current size of the append-only file. */
    leaveBytes: (bytes: number) => {
      const size = Math.max(...readdirSync(aof).map((name) => statSync(join(aof, name)).size));
      execFileSync('prlimit', [`--pid=${service.pid()}`, `--fsize=${size + bytes}`]);
    },
    ended: () => service.ended() ?? Promise.reject(new Error('It does not run.')),
    restart: () => service.start(),
    [Symbol.asyncDispose]: () => service.kill(),
  };
}
