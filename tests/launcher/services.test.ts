import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createConnection } from 'mariadb';
import { describe, expect, inject, it } from 'vitest';
import { redisWeaknesses } from '../../core/readiness/store-settings.ts';
import { findOrInstall } from '../../scripts/services/binaries.ts';
import { endServersIn } from '../../scripts/services/owned-process.ts';
import { asDatabaseAdmin } from '../support/database-template.ts';
import { createEmptyDatabase } from '../support/test-database.ts';
import { createTestRedis } from '../support/test-redis.ts';
import { startMariaDb, startRedis } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

describe('the local Redis', () => {
  it('keeps every write that it has answered through a kill -9, and returns on the same port', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    await redis.set('answer', '42');
    await server.kill9();
    expect(server.pid()).toBeNull();
    await server.restart();
    expect(await redis.get('answer')).toBe('42');
    redis.disconnect();
  });

  it('is ended by the next start in its folder, even if its launcher died before it recorded the pid', async () => {
    await using server = await startRedis();
    const { redis } = await findOrInstall({ redis: true, database: false }, console.error);
    await endServersIn(server.directory, basename(redis ?? ''), 20_000);
    await expect.poll(() => server.pid()).toBeNull();
  });

  it('comes back once its port is free, even if another process took the port when Redis died', async () => {
    await using server = await startRedis();
    await server.kill9();
    const holder = createServer().listen(server.port, '127.0.0.1');
    await once(holder, 'listening');
    const restarted = server.restart();
    const early = await Promise.race([
      restarted.then(
        () => 'started',
        () => 'failed',
      ),
      sleep(300, 'waiting'),
    ]);
    expect(early).toBe('waiting');
    holder.close();
    await restarted;
    expect(server.pid()).not.toBeNull();
  });

  it('fsyncs each write before its reply and evicts nothing', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    expect(await redis.config('GET', 'append*')).toEqual(expect.arrayContaining(['appendonly', 'yes', 'always']));
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redisWeaknesses(redis)).toEqual([]);
    // These settings are explicit, so that no default and no included file decides them.
    expect(readFileSync(join(server.directory, 'redis.conf'), 'utf8')).toContain('no-appendfsync-on-rewrite no');
    redis.disconnect();
  });

  it('answers only on the loopback address, and only callers who know the password', async () => {
    await using server = await startRedis();
    const redis = new Redis({ host: '127.0.0.1', port: server.port });
    redis.on('error', () => undefined);
    await expect(redis.get('answer')).rejects.toThrow('NOAUTH');
    redis.disconnect();
  });

  it('loses the part that was cut off its append-only file, as after a power loss', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    await redis.set('kept', '1');
    const bytes = readFileSync(server.aofFile()).length;
    await redis.set('cut', '1');
    await server.kill9();
    server.truncateAof(bytes);
    await server.restart();
    expect(await redis.mget('kept', 'cut')).toEqual(['1', null]);
    redis.disconnect();
  });

  it('hangs while it is paused', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    await redis.ping();
    server.pause();
    let answered = false;
    const pong = redis.ping().then(() => (answered = true));
    await waitFor(() => readFileSync(`/proc/${server.pid() ?? 0}/stat`, 'utf8').includes(') T '), {
      what: 'the server to stop',
    });
    expect(answered).toBe(false);
    server.resume();
    await pong;
    redis.disconnect();
  });
});

describe('the local MariaDB', () => {
  it('is ended by the next start in its folder, even if its launcher died before it recorded the pid', async () => {
    await using server = await startMariaDb();
    const { database } = await findOrInstall({ redis: false, database: true }, console.error);
    await endServersIn(server.directory, basename(database?.file ?? ''), 20_000);
    await expect.poll(() => server.pid()).toBeNull();
  });

  it('keeps everything that it has committed through a kill -9, and returns on the same port', async () => {
    await using server = await startMariaDb();
    const { port, username, password } = new URL(server.url);
    const connect = () =>
      createConnection({ host: '127.0.0.1', port: Number(port), user: username, password, database: 'firstcome' });
    const before = await connect();
    before.on('error', () => undefined);
    await before.query('CREATE TABLE kept (id INT PRIMARY KEY)');
    await before.query('INSERT INTO kept VALUES (42)');
    await server.kill9();
    await server.restart();
    const after = await connect();
    expect(await after.query('SELECT id FROM kept')).toEqual([{ id: 42 }]);
    await after.end();
  });
});

describe('the shared servers of a test run', () => {
  it('are the servers that come first in PATH', async () => {
    const { redis, database } = await findOrInstall({ redis: true, database: true }, console.error);
    const versionOf = (file = '', ...args: string[]) =>
      execFileSync(file, [...args, '--version'], { encoding: 'utf8' });

    const client = new Redis(inject('redisUrl'));
    const info = await client.info('server');
    client.disconnect();
    const own = /^valkey_version:(\S+)/m.exec(info) ?? /^redis_version:(\S+)/m.exec(info);
    expect(versionOf(redis ?? '')).toContain(`v=${own?.[1]}`);

    const running = await asDatabaseAdmin(new URL(inject('databaseAdminUrl')), (connection) =>
      connection.query<{ version: string }[]>('SELECT VERSION() AS version'),
    );
    expect(versionOf(database?.file, '--no-defaults')).toContain(running[0]?.version);
  });

  it('give each test its own Redis', async () => {
    await using one = await createTestRedis();
    await using other = await createTestRedis();
    const [first, second] = [new Redis(one.redisUrl), new Redis(other.redisUrl)];
    await first.set('mine', '1');
    expect(await second.get('mine')).toBeNull();
    first.disconnect();
    second.disconnect();
  });

  it('give each test its own database', async () => {
    await using one = await createEmptyDatabase();
    await using other = await createEmptyDatabase();
    expect(one.databaseUrl).not.toBe(other.databaseUrl);
    expect(inject('databaseAdminUrl')).not.toBe(one.databaseUrl);
  });
});
