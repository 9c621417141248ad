import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { adminToken } from '../api/tokens.ts';
import { aKey, fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { runCli, type Ran } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

const dayMs = 86_400_000;

describe('api-key create', () => {
  const create = (line: string, options: Parameters<typeof runCli>[1] = {}) => {
    const admin = fakeAdmin();
    return { admin, ran: runCli(['api-key', 'create', ...splitLine(line)], { admin, ...options }) };
  };

  it('prints only the key to stdout, and the explanation to stderr', async () => {
    const { admin, ran } = create('--name ci --role operator --reason tests');
    expect(await ran).toEqual({
      ...{ code: 0, stdout: `${aKey}\n` },
      stderr:
        'API key ci (id k7GhQ2xZ9a), role operator, valid until 2027-11-30 12:00:00 +00:00 (UTC). The key is not shown again.\n',
    });
    expect(admin.changes).toEqual([
      {
        verb: 'createApiKey',
        input: { name: 'ci', role: 'operator', requestId: undefined },
        why: { reason: 'tests' },
      },
    ]);
  });

  it('prints the whole answer as JSON with --json', async () => {
    const { stdout, stderr } = await create('--name ci --role viewer --json').ran;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ ...{ id: 'k7GhQ2xZ9a', name: 'ci', role: 'viewer', key: aKey } });
  });

  it.each([
    ['30d', { ttlSeconds: 30 * 86_400 }],
    ['12h', { ttlSeconds: 43_200 }],
    ['never', { expiresAtMs: null }],
    ['2027-09-02T00:00:00+09:00', { expiresAtMs: Date.UTC(2027, 8, 1, 15) }],
    ['+2d', { expiresAtMs: nowMs + 2 * dayMs }],
  ])('accepts --expires %s', async (text, asked) => {
    const { admin, ran } = create(`--name ci --role viewer --expires ${text}`);
    expect(await ran).toMatchObject({ code: 0 });
    expect(admin.changes[0]?.input).toMatchObject(asked);
  });

  it('says that a key never expires if it has no expiry', async () => {
    expect((await create('--name ci --role viewer --expires never').ran).stderr).toContain(
      'role viewer, valid forever.',
    );
  });

  it.each([
    ['--role viewer', 'Missing --name.'],
    ['--name ci', 'Missing --role.'],
    ['--name ci --role root', 'Allowed choices are viewer, operator, admin.'],
    ['--name ci --role viewer --expires soon', "--expires 'soon'"],
    ['--name ci --role viewer --expires 0d', "--expires '0d' is not a duration"],
  ])('refuses %s', async (line, why) => {
    const { admin, ran } = create(line);
    const { code, stdout, stderr } = await ran;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
    expect(admin.changes).toEqual([]);
  });
});

describe('api-key', () => {
  it('list prints one line for each key', async () => {
    const admin = fakeAdmin();
    const terminal = { answers: [] };
    expect((await runCli(['api-key', 'list'], { admin, terminal, env: { NO_COLOR: '1' }, columns: 140 })).stdout).toBe(
      'ID          NAME       ROLE      STATE  EXPIRES                           LAST USED       CREATED BY\n' +
        'k7GhQ2xZ9a  scheduler  operator  live   2027-11-29 12:00 +00:00, in 89 d  1 min 30 s ago  kim@desk\n',
    );
    expect((await runCli(['api-key', 'list'], { admin })).stdout).toBe(
      'id\tname\trole\tstate\tcreatedBy\tcreatedAt\texpiresAt\tlastUsedAt\trevokedAt\n' +
        'k7GhQ2xZ9a\tscheduler\toperator\tlive\tkim@desk\t2027-08-31T12:00:00.000Z\t2027-11-29T12:00:00.000Z\t' +
        '2027-09-01T11:58:30.000Z\t\n',
    );
    const { stdout } = await runCli(['api-key', 'list', '--json'], { admin });
    expect(JSON.parse(stdout)).toMatchObject([{ id: 'k7GhQ2xZ9a', state: 'live', revokedAt: null }]);
  });

  it('list fits a narrow terminal', async () => {
    const { stdout } = await runCli(['api-key', 'list'], {
      ...{ admin: fakeAdmin(), terminal: { answers: [] }, columns: 60 },
    });
    expect(stdout).not.toContain('CREATED BY');
  });

  it('revoke sends the reason to the API', async () => {
    const admin = fakeAdmin();
    const { code, stdout } = await runCli(['api-key', 'revoke', 'k7GhQ2xZ9a', '--reason', 'leaked'], { admin });
    expect({ code, state: /state\t(\w+)/.exec(stdout)?.[1] }).toEqual({ code: 0, state: 'revoked' });
    expect(admin.changes).toMatchObject([
      { verb: 'revokeApiKey', input: { id: 'k7GhQ2xZ9a' }, why: { reason: 'leaked' } },
    ]);
  });
});

describe('an API key of a real system', () => {
  let api: RealApi;
  beforeAll(async () => {
    api = await openRealApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const remote = (line: string, token: string): Promise<Ran> =>
    runCli(splitLine(line), { connectApi, env: { FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: token } });
  const admin = (line: string): Promise<Ran> => remote(line, adminToken('admin'));

  it('works as a CLI token until it is revoked', async () => {
    const made = await admin('api-key create --name ci --role operator --json');
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string };
    expect(await remote('event create --name Sale --amount 1 --stock 1 --opens-at now', key)).toMatchObject({
      code: 0,
    });
    expect(await remote('api-key list', key)).toMatchObject({
      code: 1,
      stderr: 'Error: This needs an API key with the role admin. FIRSTCOME_TOKEN belongs to key:ci, role operator.\n',
    });
    const audit = await admin('audit list --actor key:ci --json');
    expect(JSON.parse(audit.stdout)).toMatchObject([{ action: 'event.create', role: 'operator', door: 'api' }]);
    const keys = JSON.parse((await admin('api-key list --json')).stdout) as { id: string }[];
    expect(keys.find((listed) => listed.id === id)).toMatchObject({
      name: 'ci',
      createdBy: 'the-admin',
      state: 'live',
    });
    expect(await admin(`api-key revoke ${id} --reason over`)).toMatchObject({ code: 0 });
    const revoked = (await admin('audit list --action key.revoke --limit 1')).stdout;
    expect(revoked).toContain(`\tid ${id}, name ci, revokedAt null -> `);
    expect(await admin('api-key create --name ci --role viewer')).toMatchObject({ code: 0 });
    expect(await admin('api-key revoke nobody')).toMatchObject({
      ...{ code: 1, stdout: '', stderr: 'Error: There is no API key nobody.\n' },
    });
  });

  it('is revoked together with the keys that it made if --cascade is given', async () => {
    const made = await admin('api-key create --name maker --role admin --json');
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string };
    const child = JSON.parse((await remote('api-key create --name maker-1 --role viewer --json', key)).stdout) as {
      id: string;
    };
    expect(await remote('api-key create --name maker-2 --role admin', key)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'An API key with the role admin can only create keys with a lower role',
      ) as string,
    });
    const revoked = await admin(`api-key revoke ${id} --cascade --reason leaked`);
    expect(revoked).toMatchObject({ code: 0, stderr: `Also revoked: maker-1 (id ${child.id}).\n` });
    const again = await admin(`api-key revoke ${id} --cascade --json`);
    expect(JSON.parse(again.stdout)).toMatchObject({ id, state: 'revoked', alsoRevoked: [] });
  });

  it('is not shown again if the request is repeated with the same id, and the answer says what to do', async () => {
    const line = 'api-key create --name once --role viewer --expires 30d --request-id once-and-no-more';
    const first = await remote(line, adminToken('admin'));
    expect(first.stdout).toMatch(/^fcfs_/);
    const again = await remote(line, adminToken('admin'));
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/has already created the API key \w{10}, and a key is shown only once/);
  });

  it('is reported as invalid if no such key exists', async () => {
    expect(await remote('event list', 'fcfs_nonsense')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `${api.url} refused FIRSTCOME_TOKEN: The API key is not valid. Check that it was copied in full.`,
      ) as string,
    });
  });
});
