import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVerifier } from 'fast-jwt';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { Remote } from '../../admin-cli/settings.ts';
import { fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { runCli, type Ran } from './support/run-cli.ts';

const running = {
  ...{ url: 'http://127.0.0.1:3000', opsUrl: 'http://127.0.0.1:9000', token: { value: 'its-token' } },
  ...{ databaseUrl: 'mysql://root@127.0.0.1:4406/firstcome', redisUrl: 'redis://127.0.0.1:4407' },
};
const secret = 'the secret of the running system, in its file';
let root: string;

beforeEach(() => {
  root = makeTestDir(inject('runDir'), 'checkout');
});

/** Writes run.json as `npm start` does, with the secret in a separate file. */
function writeRunFile(
  dataDir: string,
  content: unknown = { ...running, authSecretFile: join(dataDir, 'secret') },
): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'secret'), secret);
  writeFileSync(join(dataDir, 'run.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Runs `event list` in this environment. Returns the API that the command calls, and the token that it sends. */
async function calledBy(env: Record<string, string>): Promise<Ran & { remote: Remote | undefined }> {
  let remote: Remote | undefined;
  const ran = await runCli(['event', 'list'], {
    root,
    env,
    connectApi: (given) => {
      remote = given;
      return Promise.resolve({ admin: fakeAdmin(), clock: { nowMs: () => nowMs } });
    },
  });
  return { ...ran, remote };
}

describe('the API that the CLI calls', () => {
  const here = { url: running.opsUrl, token: 'its-token' };

  it('is the API of the system that runs here, at the address that serves admin procedures', async () => {
    writeRunFile(join(root, '.data'));
    expect(await calledBy({})).toMatchObject({ code: 0, remote: here });
    writeRunFile(join(root, '.data'), { ...running, authSecretFile: 'x', opsUrl: undefined });
    expect(await calledBy({})).toMatchObject({ code: 0, remote: { ...here, url: running.url } });
  });

  it('is the API of the system in FIRSTCOME_DATA_DIR, which may be a relative path', async () => {
    writeRunFile(join(root, 'elsewhere'));
    expect(await calledBy({ FIRSTCOME_DATA_DIR: 'elsewhere' })).toMatchObject({ code: 0, remote: here });
    expect(await calledBy({ FIRSTCOME_DATA_DIR: join(root, 'elsewhere') })).toMatchObject({ code: 0, remote: here });
  });

  it('is the API at FIRSTCOME_URL, even if a system runs here', async () => {
    writeRunFile(join(root, '.data'), '{');
    const env = { FIRSTCOME_URL: 'https://shop.example/coupons/', FIRSTCOME_TOKEN: ' fcfs_key\n' };
    const remote = { url: 'https://shop.example/coupons', token: 'fcfs_key' };
    expect(await calledBy(env)).toMatchObject({ code: 0, remote });
  });

  it('is the same whether variables are empty or not set', async () => {
    writeRunFile(join(root, '.data'));
    const none = { FIRSTCOME_URL: '', FIRSTCOME_TOKEN: '', DATABASE_URL: '', REDIS_URL: '' };
    expect(await calledBy(none)).toMatchObject({ code: 0, remote: here });
  });

  it('is called with the token in the environment, if there is one, which may have a lower role or another name', async () => {
    writeRunFile(join(root, '.data'));
    expect(await calledBy({ FIRSTCOME_TOKEN: 'fcfs_key' })).toMatchObject({
      ...{ code: 0, remote: { url: running.opsUrl, token: 'fcfs_key' } },
    });
  });

  it('is called with the token that the running system renews if FIRSTCOME_URL is the address of that system', async () => {
    const file = (value: string) =>
      writeRunFile(join(root, '.data'), { ...running, token: { value }, authSecretFile: 'x' });
    file('first');
    const { remote } = await calledBy({ FIRSTCOME_URL: 'http://127.0.0.1:3000/' });
    expect(remote).toMatchObject({ url: 'http://127.0.0.1:3000', token: 'first' });
    file('second');
    expect(remote?.freshToken?.()).toBe('second');
    const ops = await calledBy({ FIRSTCOME_URL: 'http://127.0.0.1:9000' });
    expect(ops.remote).toMatchObject({ url: 'http://127.0.0.1:9000', token: 'second' });
    const another = await calledBy({ FIRSTCOME_URL: 'http://127.0.0.1:3001' });
    expect(another).toMatchObject({ code: 1, remote: undefined });
    expect(another.stderr).toContain('FIRSTCOME_TOKEN is not');
  });

  it.each([{ DATABASE_URL: 'mysql://db/shop' }, { REDIS_URL: 'redis://cache' }])(
    'is not the API of the system that runs here if the environment names a store of another system: %j',
    async (other: Record<string, string>) => {
      writeRunFile(join(root, '.data'));
      const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL } = running;
      expect(await calledBy({ DATABASE_URL, REDIS_URL })).toMatchObject({ code: 0, remote: here });
      const { code, stdout, stderr, remote } = await calledBy(other);
      expect({ code, stdout, remote }).toEqual({ code: 1, stdout: '', remote: undefined });
      expect(stderr).toContain('was ignored, because DATABASE_URL or REDIS_URL names a store of another system');
      expect(stderr).toContain('set FIRSTCOME_URL');
    },
  );

  it('is reported as missing if there is none, with an error that says how to start a system', async () => {
    const { code, stdout, stderr } = await calledBy({});
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `Error: There is no API to call: FIRSTCOME_URL is not set; ${root}/.data/run.json doesn't exist, so no system runs here (if you started one with FIRSTCOME_DATA_DIR, set it here too).\n` +
        'Start the system with `npm start`, or set FIRSTCOME_URL to the address of an API, and FIRSTCOME_TOKEN to an API key or a token with a role.\n',
    );
  });

  it('is looked up in FIRSTCOME_DATA_DIR, which the error names if nothing was started there', async () => {
    const { code, stderr } = await calledBy({ FIRSTCOME_DATA_DIR: 'elsewhere' });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `FIRSTCOME_DATA_DIR is elsewhere, and ${root}/elsewhere/run.json doesn't exist, so no system runs there.`,
    );
  });

  it.each(['{', '[]', '{"url": 1}'])('is not guessed from a run.json with %s', async (content) => {
    writeRunFile(join(root, '.data'), content);
    const { code, stderr } = await calledBy({});
    expect(code).toBe(1);
    expect(stderr).toContain('run.json is not what `npm start` writes');
  });

  it.each([
    [{ FIRSTCOME_URL: 'http://shop.example' }, 'FIRSTCOME_URL is set, but FIRSTCOME_TOKEN is not'],
    [{ FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: ' ' }, 'FIRSTCOME_TOKEN is not'],
    [{ FIRSTCOME_URL: 'http://shop.example', FIRSTCOME_TOKEN: 'a b' }, 'FIRSTCOME_TOKEN is neither'],
    [{ FIRSTCOME_URL: 'shop.example', FIRSTCOME_TOKEN: 'key' }, "FIRSTCOME_URL must be the API's address"],
    [{ FIRSTCOME_URL: 'redis://shop.example', FIRSTCOME_TOKEN: 'key' }, 'FIRSTCOME_URL must be'],
    [{ FIRSTCOME_URL: 'http://kim:hunter2@shop.example', FIRSTCOME_TOKEN: 'key' }, 'FIRSTCOME_URL must be'],
  ])('is not guessed from %j', async (env: Record<string, string>, says) => {
    const { code, stdout, stderr, remote } = await calledBy(env);
    expect({ code, stdout, remote }).toEqual({ code: 1, stdout: '', remote: undefined });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('token mint', () => {
  const mint = (argv: string[], env: Record<string, string> = {}) => runCli(['token', 'mint', ...argv], { root, env });
  const payload = (token: string, key: string): unknown =>
    createVerifier({ key, algorithms: ['HS256'], clockTimestamp: nowMs })(token);

  it('signs a token for an hour with the key of the running system', async () => {
    writeRunFile(join(root, '.data'));
    const { code, stdout, stderr } = await mint(['--sub', 'Kim']);
    expect(code).toBe(0);
    expect(payload(stdout.trim(), secret)).toEqual({ sub: 'Kim', iat: nowMs / 1_000, exp: nowMs / 1_000 + 3_600 });
    expect(stderr).toBe('Token of Kim, until 2027-09-01 13:00:00 +00:00 (UTC).\n');
  });

  it('prefers AUTH_SECRET', async () => {
    writeRunFile(join(root, '.data'));
    const AUTH_SECRET = 'another secret, of the environment this time';
    const { stdout } = await mint(['--sub', 'lee', '--role', 'operator', '--ttl', '90s', '--json'], { AUTH_SECRET });
    const { token, ...rest } = JSON.parse(stdout) as { token: string };
    expect(rest).toEqual({ sub: 'lee', role: 'operator', expiresAt: '2027-09-01T12:01:30.000Z' });
    expect(payload(token, AUTH_SECRET)).toMatchObject({ sub: 'lee', role: 'operator', exp: nowMs / 1_000 + 90 });
  });

  it('signs with AUTH_SECRET even if FIRSTCOME_URL is set, as in a container, and requires AUTH_SECRET to sign for a remote API', async () => {
    writeRunFile(join(root, '.data'));
    const FIRSTCOME_URL = 'https://shop.example';
    const AUTH_SECRET = 'another secret, of the environment this time';
    const { code, stdout } = await mint(['--sub', 'kim'], { FIRSTCOME_URL, AUTH_SECRET });
    expect({ code, sub: payload(stdout.trim(), AUTH_SECRET) }).toMatchObject({ code: 0, sub: { sub: 'kim' } });
    const refused = await mint(['--sub', 'kim'], { FIRSTCOME_URL });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('the signing key of https://shop.example never leaves that system');
    expect(await mint(['--sub', 'kim'], { FIRSTCOME_URL: running.url })).toMatchObject({ code: 0 });
  });

  it('adds the claims that the running system requires in a token', async () => {
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
  ])('limits the lifetime of a token: %j with %j', async (argv, env, code, says) => {
    const ran = await mint(['--sub', 'kim', ...argv], { AUTH_SECRET: 'x'.repeat(32), ...env });
    expect({ code: ran.code, stdout: ran.stdout !== '' }).toEqual({ code, stdout: code === 0 });
    expect(ran.stderr).toContain(says);
  });

  it.each([
    [{}, 'AUTH_SECRET is not set'],
    [{ AUTH_SECRET: 'too short' }, 'must have at least 32 bytes'],
  ])('makes no token with %j', async (env, says) => {
    const { code, stdout, stderr } = await mint(['--sub', 'kim'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(says);
  });
});
