import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVerifier } from 'fast-jwt';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { Settings } from '../../admin-cli/settings.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { anEvent, createMemoryAdmin, nowMs } from './support/memory-admin.ts';
import { runCli, type Ran } from './support/run-cli.ts';

const running = { databaseUrl: 'mysql://root@127.0.0.1:4406/firstcome', redisUrl: 'redis://127.0.0.1:4407' };
const secret = 'the secret of the running system, in its file';
let root: string;

beforeEach(() => {
  root = makeTestDir(inject('runDir'), 'checkout');
});

/** As `npm start` does; the secret is in a file of its own. */
function writeRunFile(
  dataDir: string,
  content: unknown = { ...running, authSecretFile: join(dataDir, 'secret') },
): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'secret'), secret);
  writeFileSync(join(dataDir, 'run.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Which stores `event list` opens in this environment. */
async function openedBy(env: Record<string, string>): Promise<Ran & { stores: unknown }> {
  let opened: Settings | undefined;
  const ran = await runCli(['event', 'list'], {
    root,
    env,
    openDoor: (settings) => {
      opened = settings;
      return Promise.resolve({
        admin: createMemoryAdmin(),
        clock: { nowMs: () => nowMs },
        close: () => Promise.resolve(),
      });
    },
  });
  return { ...ran, stores: opened && { databaseUrl: opened.env['DATABASE_URL'], redisUrl: opened.env['REDIS_URL'] } };
}

describe('which system the CLI works on', () => {
  const other = { DATABASE_URL: 'mysql://db/shop', REDIS_URL: 'redis://cache' };

  it('is the one that runs here', async () => {
    writeRunFile(join(root, '.data'));
    expect(await openedBy({})).toMatchObject({ code: 0, stores: running });
  });

  it('is the one of FIRSTCOME_DATA_DIR, which may be relative', async () => {
    writeRunFile(join(root, 'elsewhere'));
    expect(await openedBy({ FIRSTCOME_DATA_DIR: 'elsewhere' })).toMatchObject({ code: 0, stores: running });
    expect(await openedBy({ FIRSTCOME_DATA_DIR: join(root, 'elsewhere') })).toMatchObject({ code: 0, stores: running });
  });

  it('is the one of the environment, whatever runs here', async () => {
    writeRunFile(join(root, '.data'));
    const stores = { databaseUrl: 'mysql://db/shop', redisUrl: 'redis://cache' };
    expect(await openedBy(other)).toMatchObject({ code: 0, stores });
  });

  it('takes an empty variable as none', async () => {
    writeRunFile(join(root, '.data'));
    expect(await openedBy({ DATABASE_URL: '', REDIS_URL: '' })).toMatchObject({ code: 0, stores: running });
  });

  it('may be named by half, when the other half runs here with it', async () => {
    writeRunFile(join(root, '.data'));
    expect(await openedBy({ REDIS_URL: running.redisUrl })).toMatchObject({ code: 0, stores: running });
  });

  it('is never half of one system and half of another', async () => {
    writeRunFile(join(root, '.data'));
    const { code, stdout, stderr, stores } = await openedBy({ DATABASE_URL: other.DATABASE_URL });
    expect({ code, stdout, stores }).toEqual({ code: 1, stdout: '', stores: undefined });
    expect(stderr).toContain('REDIS_URL not set');
    expect(stderr).toContain('because it names other stores');
  });

  it('must be started when there is none', async () => {
    const { code, stdout, stderr } = await openedBy({});
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `Error: There is no system to work on: DATABASE_URL and REDIS_URL not set; ${root}/.data/run.json doesn't exist, so nothing was started here.\n` +
        'Start one with `npm start`, or set DATABASE_URL and REDIS_URL to those of a running one, or FIRSTCOME_URL and FIRSTCOME_TOKEN to go through its API.\n',
    );
  });

  it.each(['{', '[]', '{"databaseUrl": 1}'])('is not guessed from a run.json of %s', async (content) => {
    writeRunFile(join(root, '.data'), content);
    const { code, stderr } = await openedBy({});
    expect(code).toBe(1);
    expect(stderr).toContain('run.json is not what `npm start` writes');
  });
});

describe('the API instead of the stores', () => {
  const remoteOf = async (env: Record<string, string>) => {
    let settings: Settings | undefined;
    const ran = await runCli(['event', 'list'], {
      root,
      env,
      openDoor: (given) => {
        settings = given;
        return Promise.resolve({
          admin: createMemoryAdmin(),
          clock: { nowMs: () => nowMs },
          close: () => Promise.resolve(),
        });
      },
    });
    return { ...ran, remote: settings?.remote };
  };

  it('is the one of FIRSTCOME_URL, whatever runs here', async () => {
    writeRunFile(join(root, '.data'), '{');
    const env = { FIRSTCOME_URL: 'https://shop.example/coupons/', FIRSTCOME_TOKEN: ' fcfs_key\n' };
    const remote = { url: 'https://shop.example/coupons', token: 'fcfs_key' };
    expect(await remoteOf(env)).toMatchObject({ code: 0, remote });
  });

  it('is not, with a token alone', async () => {
    writeRunFile(join(root, '.data'));
    expect(await remoteOf({ FIRSTCOME_TOKEN: 'fcfs_key', FIRSTCOME_URL: '' })).toMatchObject({
      code: 0,
      remote: undefined,
    });
  });

  it.each([
    [{ FIRSTCOME_URL: 'http://shop.example' }, 'FIRSTCOME_URL is set, and FIRSTCOME_TOKEN is not'],
    [{ FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: ' ' }, 'FIRSTCOME_TOKEN is not'],
    [{ FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: 'a b' }, 'FIRSTCOME_TOKEN is neither'],
    [{ FIRSTCOME_URL: 'shop.example', FIRSTCOME_TOKEN: 'key' }, 'FIRSTCOME_URL must be where the API is'],
    [{ FIRSTCOME_URL: 'redis://shop.example', FIRSTCOME_TOKEN: 'key' }, 'FIRSTCOME_URL must be'],
    [{ FIRSTCOME_URL: 'http://kim:hunter2@shop.example', FIRSTCOME_TOKEN: 'key' }, 'FIRSTCOME_URL must be'],
  ])('is not guessed from %j', async (env: Record<string, string>, says) => {
    const { code, stdout, stderr, remote } = await remoteOf(env);
    expect({ code, stdout, remote }).toEqual({ code: 1, stdout: '', remote: undefined });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('hunter2');
  });

  it('is called with the token that the system here renews, where it is the one that runs here', async () => {
    const file = (value: string) =>
      writeRunFile(join(root, '.data'), {
        ...running,
        url: 'http://127.0.0.1:3000',
        opsUrl: 'http://127.0.0.1:9000',
        token: { value },
        authSecretFile: join(root, '.data', 'secret'),
      });
    file('first');
    const { remote } = await remoteOf({ FIRSTCOME_URL: 'http://127.0.0.1:3000/' });
    expect(remote).toMatchObject({ url: 'http://127.0.0.1:3000', token: 'first' });
    file('second');
    expect(remote?.freshToken?.()).toBe('second');
    const ops = await remoteOf({ FIRSTCOME_URL: 'http://127.0.0.1:9000' });
    expect(ops.remote).toMatchObject({ url: 'http://127.0.0.1:9000', token: 'second' });
    const another = await remoteOf({ FIRSTCOME_URL: 'http://127.0.0.1:3001' });
    expect(another).toMatchObject({ code: 1, remote: undefined });
    expect(another.stderr).toContain('FIRSTCOME_TOKEN is not');
  });

  it('has no key to mint tokens with', async () => {
    writeRunFile(join(root, '.data'));
    const env = { FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: 'key', AUTH_SECRET: 'x'.repeat(32) };
    const { code, stdout, stderr } = await runCli(['token', 'mint', '--sub', 'kim'], { root, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('mint them where it runs, without FIRSTCOME_URL');
  });

  it('says by the token who changes something', async () => {
    const env = { FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: 'key' };
    const admin = createMemoryAdmin([anEvent()]);
    const { code, stderr } = await runCli(['event', 'pause', 'autumn-sale', '--actor', 'lee'], { admin, env });
    expect({ code, changes: admin.changes }).toEqual({ code: 2, changes: [] });
    expect(stderr).toContain('through FIRSTCOME_URL the token says who does it');
  });
});

describe('token mint', () => {
  const mint = (argv: string[], env: Record<string, string> = {}) => runCli(['token', 'mint', ...argv], { root, env });
  const payload = (token: string, key: string): unknown =>
    createVerifier({ key, algorithms: ['HS256'], clockTimestamp: nowMs })(token);

  it('signs with the key of the running system, for an hour', async () => {
    writeRunFile(join(root, '.data'));
    const { code, stdout, stderr } = await mint(['--sub', 'Kim']);
    expect(code).toBe(0);
    expect(payload(stdout.trim(), secret)).toEqual({ sub: 'Kim', iat: nowMs / 1_000, exp: nowMs / 1_000 + 3_600 });
    expect(stderr).toBe('Token of Kim, until 2027-09-01 13:00:00 +00:00 (UTC).\n');
  });

  it('signs with AUTH_SECRET first', async () => {
    writeRunFile(join(root, '.data'));
    const AUTH_SECRET = 'another secret, of the environment this time';
    const { stdout } = await mint(['--sub', 'lee', '--role', 'operator', '--ttl', '90s', '--json'], { AUTH_SECRET });
    const { token, ...rest } = JSON.parse(stdout) as { token: string };
    expect(rest).toEqual({ sub: 'lee', role: 'operator', expiresAt: '2027-09-01T12:01:30.000Z' });
    expect(payload(token, AUTH_SECRET)).toMatchObject({ sub: 'lee', role: 'operator', exp: nowMs / 1_000 + 90 });
  });

  it('puts in what the running system wants of a token', async () => {
    const tokenRules = { issuer: 'https://login.shop.example', audience: 'firstcome', roleMaxMs: 3_600_000 };
    writeRunFile(join(root, '.data'), { ...running, authSecretFile: join(root, '.data', 'secret'), tokenRules });
    const { stdout } = await mint(['--sub', 'kim']);
    expect(payload(stdout.trim(), secret)).toMatchObject({ iss: tokenRules.issuer, aud: tokenRules.audience });
    const { code, stderr } = await mint(['--sub', 'kim', '--role', 'viewer', '--ttl', '61m']);
    expect(code).toBe(2);
    expect(stderr).toContain('a token with a role may live for at most 1 hour');
  });

  it.each([
    [['--role', 'viewer', '--ttl', '24h'], {}, 0, ''],
    [['--role', 'viewer', '--ttl', '25h'], {}, 2, 'a token with a role may live for at most 24 hours'],
    [['--role', 'admin', '--ttl', '11s'], { ROLE_TOKEN_MAX_SECONDS: '10' }, 2, 'for at most 10 seconds'],
    [['--ttl', '366d'], { ROLE_TOKEN_MAX_SECONDS: '10' }, 0, ''],
    [['--ttl', '367d'], {}, 2, 'a token may live for at most 366d'],
    [['--ttl', '1h'], { ROLE_TOKEN_MAX_SECONDS: 'day' }, 1, 'ROLE_TOKEN_MAX_SECONDS: must be a whole number'],
    [['--ttl', '1h'], { AUTH_SECRET_ISSUER: 'a b' }, 1, 'AUTH_SECRET_ISSUER: must be 1 to 200'],
  ])('bounds how long a token lives: %j with %j', async (argv, env, code, says) => {
    const ran = await mint(['--sub', 'kim', ...argv], { AUTH_SECRET: 'x'.repeat(32), ...env });
    expect({ code: ran.code, stdout: ran.stdout !== '' }).toEqual({ code, stdout: code === 0 });
    expect(ran.stderr).toContain(says);
  });

  it.each([
    [{}, 'AUTH_SECRET is not set'],
    [{ AUTH_SECRET: 'too short' }, 'must have at least 32 bytes'],
  ])('makes none with %j', async (env, says) => {
    const { code, stdout, stderr } = await mint(['--sub', 'kim'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(says);
  });
});
