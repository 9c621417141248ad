import { createReadStream, cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject, it, vi } from 'vitest';
import { migrate } from '../../core/mysql/migrate.ts';
import { prove, toldIssued } from '../support/prove.ts';
import { startCommand, root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import {
  type ApiProcess,
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  tokenOf,
} from '../support/system.ts';
import { startMariaDb, startRedis, type TestServer } from '../support/test-servers.ts';
import { findOrInstall } from '../../scripts/services/binaries.ts';
import { databaseTools, findTool, type Found } from './debian-tool.ts';
import { drill } from './drill-size.ts';

const { claims } = drill;
vi.setConfig({ testTimeout: 120_000 + claims * 6 });

// The test runs on MariaDB or, with `npm test -- --servers mysql-9.7`, on MySQL. Each database is backed up with its
// own programs.
const { database } = await findOrInstall({ redis: false, database: true }, console.error);
const { dump, client } = databaseTools[database?.flavour ?? 'mariadb'];
const dumpTool = await findTool(dump);
const clientTool = await findTool(client);
const tools = [dumpTool, clientTool];
const missing = tools.flatMap((tool) => ('missing' in tool ? [tool.missing] : [])).join(' ');

it('the tools for a backup are installed or can be fetched', ({ skip }) => {
  if (process.env['CI'] === undefined && missing !== '') skip(missing);
  expect(missing).toBe('');
});

it.skipIf(missing !== '')(
  'a backup that is made during a sale and restored elsewhere has every earlier claim, and later claims can be restored by their codes',
  async () => {
    const [early, during, late, rest] = [claims / 2, 60, 20, 30];
    const stock = early + during + late + rest + 10;
    await using old = await startPlace();
    await migrate({ databaseUrl: old.mysql.url });
    const { event, over, told } = await old.open(async (api) => {
      const over = await createEvent(api, { stock: claims });
      const event = await createEvent(api, { stock });
      const sold = crowdAt([api], over, { userIds: someUsers(claims), limitMs: 120_000 });
      await sold.done;
      const first = crowdAt([api], event, { userIds: someUsers(early), limitMs: 120_000 });
      await first.done;

      const second = crowdAt([api], event, { userIds: someUsers(during), overMs: 2_000, limitMs: 120_000 });
      await second.untilIssued(1);
      await timed('the backup', () => backUp(old));
      await second.done;
      const third = crowdAt([api], event, { userIds: someUsers(late) });
      await third.done;
      return { event, over: { event: over, answers: sold.answers }, told: { first, second, third } };
    });
    // The disaster: everything except the backup is gone.
    await old[Symbol.asyncDispose]();

    await using place = await startPlace();
    await timed('restoring MySQL', () => restoreMySql(place.mysql, join(old.backup, 'mysql.sql')));
    await timed('restoring Redis', () => restoreRedis(place.redis, join(old.backup, 'appendonlydir')));
    await place.open(async (api) => {
      const admin = api.client(tokenOf('operator', 'admin')).admin;
      // Pause first, because the restored gate does not know which serials were given out after the backup.
      await admin.event.pause.mutate({ eventId: event.id });
      const repair = (eventId: string) => admin.reconcile.mutate({ eventId, repair: true });
      await timed('reconciling and repairing', async () => {
        await repair(over.event.id);
        await repair(event.id);
      });
      for (const { id } of [over.event, event]) {
        expect(await admin.reconcile.mutate({ eventId: id })).toMatchObject({ verdict: 'clean' });
      }
      // Resume above the highest serial that any user was told, so that nobody gets a serial that belongs to another
      // user.
      const highest = Math.max(
        ...Object.values(told).flatMap(({ answers }) => toldIssued(answers).map(({ outcome }) => outcome.serial)),
      );
      await admin.event.resume.mutate({ eventId: event.id, fromSerial: highest + 1 });

      const answers = Object.values(told).flatMap((crowd) => crowd.answers);
      const kept = crowdAt([api], event, {
        userIds: toldIssued(told.first.answers).map(({ userId }) => userId),
        limitMs: 120_000,
      });
      await kept.done;
      const before = new Map(toldIssued(answers).map((answer) => [answer.userId, answer.outcome]));
      for (const { userId, outcome } of toldIssued(kept.answers))
        expect(outcome).toEqual({ ...before.get(userId), replayed: true });
      expect(kept.answers.filter(({ outcome }) => outcome.status === 'issued')).toHaveLength(early);

      // Users show their codes to get back the claims that they made after the backup.
      const restored = new Set<string>();
      for (const { userId, outcome } of toldIssued([...told.second.answers, ...told.third.answers])) {
        const { serial, code } = outcome;
        const known = await admin.claim.find.query({ userId, eventId: event.id });
        if (known.length > 0) continue;
        await admin.claim.restore.mutate({ eventId: event.id, userId, serial, code });
        restored.add(userId);
      }
      expect(restored.size).toBeGreaterThanOrEqual(late);
      report(`claims made after the backup, restored by their codes: ${restored.size}`);
      const again = crowdAt([api], event, { userIds: [...restored] });
      await again.done;
      for (const { userId, outcome } of toldIssued(again.answers)) {
        const answered = before.get(userId);
        expect(outcome).toMatchObject({ serial: answered?.serial, code: answered?.code, replayed: true });
        // No store knows the time of this claim any more, so the restored claim gets the time of the claim before it.
        if (answered !== undefined) answered.claimedAtMs = outcome.claimedAtMs;
      }

      const last = crowdAt([api], event, { userIds: someUsers(rest) });
      await last.done;
      await using direct = openDirect(place.servers);
      await prove(direct, over.event, { issued: claims, apis: [api], answers: over.answers });
      await prove(direct, event, {
        issued: early + during + late + rest,
        apis: [api],
        answers: [...answers, ...kept.answers, ...again.answers, ...last.answers],
      });
    });
  },
);

type Place = Awaited<ReturnType<typeof startPlace>>;

/**
 * A set of servers in their own folder. `open` starts processes that use these servers, and runs the given work with
 * them.
 */
async function startPlace() {
  const redis = await startRedis();
  const mysql = await startMariaDb();
  const servers = { redisUrl: redis.url, databaseUrl: mysql.url };
  return {
    ...{ redis, mysql, servers },
    backup: join(makeTestDir(inject('runDir'), 'backup'), 'first'),
    open: async <T>(work: (api: ApiProcess) => Promise<T>): Promise<T> => {
      await using api = await startApi(servers);
      await using _worker = await startWorker(servers);
      return await work(api);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([redis.kill9(), mysql.kill9()]);
    },
  };
}

/** The file from which MySQL's programs read the server's address and the password. */
function defaultsFile({ url }: TestServer): string {
  const { hostname, port, username, password } = new URL(url);
  const file = join(makeTestDir(inject('runDir'), 'mysql-client'), 'my.cnf');
  writeFileSync(file, `[client]\nhost=${hostname}\nport=${port}\nuser=${username}\npassword=${password}\n`, {
    mode: 0o600,
  });
  return file;
}

const pathOf = (tool: Found): string => ('path' in tool ? tool.path : '');

async function backUp({ mysql, redis, backup }: Place): Promise<void> {
  const { port, password } = new URL(redis.url);
  await using run = await startCommand('sh', [join(root, 'deploy/backup/back-up.sh'), backup], {
    MYSQL_DEFAULTS: defaultsFile(mysql),
    MYSQLDUMP: pathOf(dumpTool),
    ...{ REDIS_PORT: port, REDISCLI_AUTH: password, REDIS_DIR: redis.directory },
  });
  expect(await run.ended, run.output()).toMatchObject({ code: 0 });
  const copied = readdirSync(join(backup, 'appendonlydir')).map(
    (name) => statSync(join(backup, 'appendonlydir', name)).size,
  );
  report(
    `MySQL's dump has ${statSync(join(backup, 'mysql.sql')).size} bytes, Redis's files ${copied.reduce((a, b) => a + b)}`,
  );
}

async function restoreMySql(mysql: TestServer, dump: string): Promise<void> {
  const child = spawn(pathOf(clientTool), [`--defaults-extra-file=${defaultsFile(mysql)}`, 'firstcome'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  createReadStream(dump).pipe(child.stdin);
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
}

async function restoreRedis(redis: TestServer, files: string): Promise<void> {
  await redis.stop();
  cpSync(files, join(redis.directory, 'appendonlydir'), { recursive: true, force: true });
  await redis.restart();
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await work();
  report(`${what}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}

const report = (line: string): void => {
  if (drill.printsTimes) console.log(line);
};
