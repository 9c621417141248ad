import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { openTestApi } from '../api/test-server.ts';
import { adminToken } from '../api/tokens.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { runCli } from './support/run-cli.ts';

const bin = join(import.meta.dirname, '../../admin-cli/bin.js');
const dataDir = makeTestDir(inject('runDir'), 'nothing');

/** Starts the CLI with the user's Node, in an environment that names no system. */
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
  it('shows its help from any folder', async () => {
    const { code, stdout, stderr } = await runBin(['event', 'close', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: coupon-admin event close [options] <event>');
  });

  it('says what to start if no system runs', async () => {
    const { code, stdout, stderr } = await runBin(['event', 'list', '--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Start the system with `npm start`, or set FIRSTCOME_URL');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('exits with 2 for a usage error, and asks no question if nobody can answer it', async () => {
    expect(await runBin(['event', 'close', 'x'])).toMatchObject({ code: 2, stdout: '' });
    expect(await runBin(['evnt'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('makes a token even if the environment has only the signing key', async () => {
    const { code, stdout } = await runBin(['token', 'mint', '--sub', 'kim'], { AUTH_SECRET: 'x'.repeat(32) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('does not fail if the reader closes the pipe early', async () => {
    const { child, code } = startBin(['--help']);
    child.stdout?.destroy();
    const stderr = await output(child.stderr);
    expect({ code: await code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it("fails if its output can't be stored", async () => {
    const { child, code } = startBin(['--help'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    const stderr = await output(child.stderr);
    expect(await code).toBe(1);
    expect(stderr).toContain('The output could not be written');
  });
});

describe('the CLI, with a real API,', () => {
  let api: RealApi;
  beforeAll(async () => {
    api = await openRealApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const sale = ['--name', '가을 할인', '--amount', '10000', '--stock', '10', '--opens-at', '+1d', '--json'];

  it('finds the API of npm start through run.json, and creates and shows an event', async () => {
    const runDir = makeTestDir(inject('runDir'), 'data');
    const token = { value: adminToken('operator') };
    const run = { url: api.url, opsUrl: api.url, token, ...api.stores, authSecretFile: 'not read' };
    writeFileSync(join(runDir, 'run.json'), JSON.stringify(run));
    const env = { FIRSTCOME_DATA_DIR: runDir };
    const created = await runBin(['event', 'create', ...sale], env);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { id } = JSON.parse(created.stdout) as { id: string };
    const shown = await runBin(['event', 'show', id], env);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(`id\t${id}\nname\t가을 할인\n`);
  });

  async function startWatch() {
    const env = { FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('operator') };
    const created = await runCli(['event', 'create', ...sale], { env, connectApi });
    const { id } = JSON.parse(created.stdout) as { id: string };
    const { child, code } = startBin(['event', 'watch', id, '--json'], { env });
    if (child.stdout === null) throw new Error('no stdout');
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ id, phase: 'scheduled', firstClaimedAt: null });
    return { child, code };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('ends event watch with exit code 130 at %s', async (signal) => {
    const { child, code } = await startWatch();
    child.kill(signal);
    expect(await code).toBe(130);
  });

  it('ends event watch when the reader closes the pipe', async () => {
    const { child, code } = await startWatch();
    child.stdout?.destroy();
    expect(await code).toBe(0);
  });
});

it('Ctrl-C during a reconcile also stops the reconcile in the API', async () => {
  await using api = await openTestApi();
  const ended = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  api.core.admin.reconcile = async (_input, _actor, { watch, signal } = {}) => {
    watch?.({ step: 'claims in MySQL', done: 1, of: 9 });
    begun.resolve();
    signal?.addEventListener('abort', () => ended.resolve(signal.reason));
    throw await ended.promise;
  };
  const env = { FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('operator') };
  const { child } = startBin(['reconcile', 'open', '--repair'], { env });
  await begun.promise;
  child.kill('SIGINT');
  expect(await ended.promise).toMatchObject({ message: 'The caller closed the connection.' });
});

describe('the CLI, while the API is down,', () => {
  const dead = { FIRSTCOME_URL: 'http://127.0.0.1:1', FIRSTCOME_TOKEN: 'hidden' };

  it('says which process to start, with and without --debug, and leaks no token', async () => {
    for (const more of [[], ['--debug']]) {
      const { code, stdout, stderr } = await runBin(['event', 'list', '--json', ...more], dead);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain("The API at http://127.0.0.1:1 can't be reached");
      expect(stderr).toContain('Start it with `npm start` or `node api/main.ts`; in containers, with `docker compose');
      expect(stderr).not.toContain('hidden');
    }
  });

  it('says how to restart the API if npm start has left a run.json', async () => {
    const runDir = makeTestDir(inject('runDir'), 'left');
    const urls = { url: dead.FIRSTCOME_URL, databaseUrl: 'mysql://root:hidden@db/x', redisUrl: 'redis://:hidden@r' };
    writeFileSync(
      join(runDir, 'run.json'),
      JSON.stringify({ ...urls, token: { value: 'hidden' }, authSecretFile: 'x' }),
    );
    const { code, stderr } = await runBin(['reconcile', 'x'], { FIRSTCOME_DATA_DIR: runDir });
    expect(code).toBe(1);
    expect(stderr).toContain(`If \`npm start\` is still running, see ${runDir}/logs/api.log for the cause.`);
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
  ])('reports that the API is down from every command: %s %s', async (...argv) => {
    const { code, stdout, stderr } = await runCli(argv, { env: dead, connectApi });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("can't be reached");
    expect(stderr).toContain('Start it with');
    expect(stderr).not.toMatch(/hidden|^ {4}at /m);
  });
});
