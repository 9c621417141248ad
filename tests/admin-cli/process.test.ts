import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it } from 'vitest';
import { makeTestDir } from '../support/run-dir.ts';
import { createTestStores } from '../support/test-stores.ts';

const bin = join(import.meta.dirname, '../../admin-cli/bin.js');
const dataDir = makeTestDir(inject('runDir'), 'nothing');

/** Starts the bin with the Node that a person has, in an environment that knows of no system. */
function startBin(argv: string[], options: { stdio?: StdioOptions; env?: Record<string, string> } = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, FIRSTCOME_DATA_DIR: dataDir, ...options.env };
  const child = spawn('node', [bin, ...argv], {
    env,
    cwd: tmpdir(),
    stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { child, code };
}

async function runBin(argv: string[], env?: Record<string, string>) {
  const { child, code } = startBin(argv, env === undefined ? {} : { env });
  const [stdout, stderr] = await Promise.all([output(child.stdout), output(child.stderr)]);
  return { code: await code, stdout, stderr };
}

const output = (stream: Readable | null) => (stream === null ? '' : text(stream));

describe('coupon-admin as a process', () => {
  it('shows help from any folder', async () => {
    const { code, stdout, stderr } = await runBin(['event', 'close', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: coupon-admin event close [options] <event>');
  });

  it('says what to start where nothing runs', async () => {
    const { code, stdout, stderr } = await runBin(['event', 'list', '--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Start one with `npm start`, or set DATABASE_URL and REDIS_URL');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('ends with 2 for a usage error, and does not wait for an answer that nobody can give', async () => {
    expect(await runBin(['event', 'close', 'x'])).toMatchObject({ code: 2, stdout: '' });
    expect(await runBin(['evnt'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('mints a token with nothing but the key', async () => {
    const { code, stdout } = await runBin(['token', 'mint', '--sub', 'kim'], { AUTH_SECRET: 'x'.repeat(32) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('does not mind a reader who leaves early', async () => {
    const { child, code } = startBin(['--help']);
    child.stdout?.destroy();
    const stderr = await output(child.stderr);
    expect({ code: await code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('fails when its output can not be stored', async () => {
    const { child, code } = startBin(['--help'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    const stderr = await output(child.stderr);
    expect(await code).toBe(1);
    expect(stderr).toContain('The output could not be written');
  });
});

describe('on the system that npm start runs', () => {
  it('finds its stores by run.json, and creates and shows an event', async () => {
    await using stores = await createTestStores();
    const runDir = makeTestDir(inject('runDir'), 'data');
    const { redisUrl, databaseUrl } = stores;
    writeFileSync(join(runDir, 'run.json'), JSON.stringify({ redisUrl, databaseUrl, authSecretFile: 'not read' }));
    const env = { FIRSTCOME_DATA_DIR: runDir };
    const sale = ['--name', '가을 할인', '--amount', '10000', '--stock', '10', '--opens-at', '+1d'];
    const created = await runBin(['event', 'create', ...sale, '--json'], env);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { id } = JSON.parse(created.stdout) as { id: string };
    const shown = await runBin(['event', 'show', id], env);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(`id\t${id}\nname\t가을 할인\n`);
  });
});

describe('event watch as a process', () => {
  /** Starts a watch of an event that is not over, on stores of its own, and waits for its first lines. */
  async function startWatch(stores: { databaseUrl: string; redisUrl: string }) {
    const env = { DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl };
    const sale = ['--name', 'Sale', '--amount', '1', '--stock', '10', '--opens-at', '+1d'];
    const { id } = JSON.parse((await runBin(['event', 'create', ...sale, '--json'], env)).stdout) as { id: string };
    const { child, code } = startBin(['event', 'watch', id, '--json'], { env });
    if (child.stdout === null) throw new Error('no stdout');
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ id, phase: 'scheduled', firstClaimedAt: null });
    return { child, code };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 at %s', async (signal) => {
    await using stores = await createTestStores();
    const { child, code } = await startWatch(stores);
    child.kill(signal);
    expect(await code).toBe(130);
  });

  it('ends when nobody reads any more', async () => {
    await using stores = await createTestStores();
    const { child, code } = await startWatch(stores);
    child.stdout?.destroy();
    expect(await code).toBe(0);
  });
});

describe('where the stores are down', () => {
  const dead = { DATABASE_URL: 'mysql://root:hidden@127.0.0.1:1/none', REDIS_URL: 'redis://:hidden@127.0.0.1:1' };

  it('says so, and gives away no password', async () => {
    const { code, stdout, stderr } = await runBin(['event', 'list', '--json'], dead);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('MySQL is not answering');
    expect(stderr).toContain('It is looked for where the environment says.');
    expect(stderr).not.toMatch(/hidden|^ {4}at /m);
  });

  it.each([
    ['event', 'show', 'x'],
    ['event', 'watch', 'x'],
    ['event', 'pause', 'x'],
    ['event', 'close', 'x', '--confirm', 'y'],
    ['event', 'top-up', 'x', '--add', '1'],
    ['event', 'create', '--name', 'x', '--amount', '1', '--stock', '1', '--opens-at', 'now'],
    ['reconcile', 'x'],
  ])('is a fault of every command: %s %s', async (...argv) => {
    const { code, stdout, stderr } = await runBin(argv, dead);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('MySQL is');
    expect(stderr).toContain('Does that system run?');
    expect(stderr).not.toMatch(/hidden|^ {4}at /m);
  });

  it('logs to stderr with --debug, and still gives away no password', async () => {
    const { stdout, stderr } = await runBin(['event', 'list', '--json', '--debug'], dead);
    expect(stdout).toBe('');
    expect(stderr).toContain('"process":"admin-cli"');
    expect(stderr).not.toContain('hidden');
  });

  it.each([
    [
      { ...dead, DATABASE_URL: 'postgres://root:hidden@db/none' },
      'DATABASE_URL: must begin with mysql:// or mariadb://',
    ],
    [{ ...dead, REDIS_URL: 'localhost:6379' }, 'REDIS_URL: must begin with redis:// or rediss://'],
  ])('refuses addresses that it does not understand', async (env, says) => {
    const { code, stderr } = await runBin(['event', 'list'], env);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('hidden');
  });
});
