import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/runtime/fault.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { runCli } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

const create = 'event create --name Sale --amount 100 --stock 10';

describe('a mistyped command changes nothing, exits with 2 and suggests the right command', () => {
  it.each([
    ['evnt list', "Unknown command 'evnt'. Did you mean `event list`?"],
    ['event creat', "Unknown command 'creat'. Did you mean `event create`?"],
    ['event topup x --add 1', "Unknown command 'topup'. Did you mean `event top-up`?"],
    ['pause ev_1', "Unknown command 'pause'. Did you mean `event pause`?"],
    ['event pasue ev_1', 'Did you mean `event pause`?'],
    ['pause event ev_1', 'Did you mean `event pause`?'],
    ['event-list', 'Did you mean `event list`?'],
    ['events list', 'Did you mean `event list`?'],
    ['event mint', 'Did you mean `token mint`?'],
    ['evnt', 'Did you mean `event`?'],
    ['event delete x', "Unknown command 'delete'.\n"],
    ['xyzzy', "Unknown command 'xyzzy'.\n"],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish.'],
    ['event watch', "Missing required argument 'event'"],
    ['event watch autumn-sale --interval 0s', "--interval '0s' is not a duration"],
    ['event watch autumn-sale --for soon', "--for 'soon' is not a duration"],
    ['event list --jsn', "Unknown option '--jsn'. Did you mean --json?"],
    [`${create} --open-at now`, "Unknown option '--open-at'. Did you mean --opens-at?"],
    ['event show', "Missing required argument 'event'"],
    ['event show a b', 'Too many arguments'],
    ['event create', 'Missing --name, --amount, --stock, --opens-at.'],
    ['event create --like autumn-sale', 'Missing --opens-at.'],
    [`${create} --opens-at`, "Option '--opens-at <time>' argument missing"],
    ['event create --amount 10.5', 'It must be a whole number in digits, such as 10000.'],
    ['event create --stock 1,000', 'It must be a whole number'],
    ['event create --stock -1', 'It must be a whole number'],
    ['event create --stock 1e3', 'It must be a whole number'],
    ['event create --stock 9007199254740993', 'It must be a whole number'],
    [
      `${create} --strategy unsafe --opens-at now`,
      'Allowed choices are db-lock, db-named-lock, redis-lock, redis-spin-lock, redis-counter, redis-counter-set, redis-stream.',
    ],
    [
      `${create} --opens-at tomorrow`,
      "--opens-at 'tomorrow' must be a date and time such as 2026-09-01T10:00:00+09:00, or now, or a relative time such as +10m",
    ],
    [`${create} --opens-at +10x`, "--opens-at '+10x' must be"],
    [
      `${create} --opens-at 2027-10-01T10:00`,
      'needs an offset such as +09:00 or Z, or --time-zone with a zone such as Asia/Seoul',
    ],
    [`${create} --opens-at 2027-02-30T10:00Z`, 'does not exist'],
    [
      `${create} --opens-at 2027-10-01T10:00 --time-zone Seoul`,
      "--time-zone 'Seoul' is not a time zone; give a name such as Asia/Seoul.",
    ],
    [`${create} --opens-at 2028-03-26T02:30 --time-zone Europe/Berlin`, 'does not exist in Europe/Berlin'],
    [`${create} --opens-at 2027-10-31T02:30 --time-zone Europe/Berlin`, 'happens twice in Europe/Berlin'],
    [`${create} --opens-at now --closes-at soon`, "--closes-at 'soon' must be"],
    ['event list --limit 0', '--limit must be at least 1.'],
    ['audit list --since yesterday', 'or how long ago, such as 2h (s, m, h, d).'],
    ['audit list --since +10m', 'must be a date and time with its offset'],
    ['event update autumn-sale', 'Nothing to change: give at least one of --name, --amount, --stock'],
    ['event update autumn-sale --listed --unlisted', '--listed and --unlisted contradict each other.'],
    ['event update autumn-sale --name New --version x', 'It must be a whole number'],
    ['event top-up autumn-sale', 'Missing --add.'],
    ['event close autumn-sale', "pass it with --confirm '<name>'"],
    [
      "event close autumn-sale --confirm 'autumn sale'",
      "The event's name is 'Autumn sale', not 'autumn sale'. Nothing was changed.",
    ],
    ['event pause autumn-sale --actor kim', "Unknown option '--actor'"],
    ["event pause autumn-sale --reason ' '", '--reason must be 1 to 500 characters.'],
    [`event pause autumn-sale --reason ${'x'.repeat(501)}`, '--reason must be 1 to 500 characters.'],
    ['token mint', 'Missing --sub.'],
    ['token mint --sub kim --role king', 'Allowed choices are viewer, operator, admin.'],
    ['token mint --sub kim --ttl 1w', "--ttl '1w' is not a duration"],
    ['token mint --sub kim --ttl 0s', "--ttl '0s' is not a duration"],
    ["token mint --sub 'kim lee'", '--sub must be 1 to 128 printable ASCII characters without spaces'],
    ['token mint --sub 김', '--sub must be 1 to 128 printable ASCII characters without spaces'],
  ])('%s', async (line, says) => {
    const admin = fakeAdmin([anEvent()]);
    const env = { AUTH_SECRET: 'a secret of at least 32 bytes, for tests' };
    const { code, stdout, stderr } = await runCli(splitLine(line), { admin, env });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^Error: [A-Z-]/);
    expect(stderr).toMatch(/\nSee: coupon-admin .*--help\n$/);
    expect({ code, stdout, changes: admin.changes }).toEqual({ code: 2, stdout: '', changes: [] });
  });
});

it('a command that the API refuses exits with 1', async () => {
  const { code, stdout, stderr } = await runCli(['event', 'show', 'nowhere'], { admin: fakeAdmin() });
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'Error: There is no event nowhere.\n' });
});

describe('an error about a value that the API refuses names the flag that the user typed', () => {
  const admin = fakeAdmin();
  const refuse = (field: string) => () =>
    Promise.reject(new Fault('bad_request', 'Refused.', { issues: [{ path: [field], message: 'is wrong' }] }));

  it.each([
    ['event show x', '<event>', { get: refuse('eventId') }],
    ['metrics export --event ev_aaaaaaaaaaaa', '--event', { exportMetrics: refuse('eventId') }],
    ['claims show ev_aaaaaaaaaaaa --user kim', '--user', { showClaim: refuse('userId') }],
    ['audit list --since 1d', '--since', { listAudit: refuse('sinceAt') }],
    ['api-key create --name k --role viewer --expires 999d', '--expires', { createApiKey: refuse('ttlSeconds') }],
    ['api-key create --name k --role viewer --expires never', '--expires', { createApiKey: refuse('expiresAt') }],
    ['api-key revoke x', '<key>', { revokeApiKey: refuse('id') }],
  ])('%s: %s', async (line, name, refusing) => {
    const { code, stderr } = await runCli(splitLine(line), { admin: { ...admin, ...refusing } });
    expect({ code, said: stderr.split('\n')[0] }).toEqual({ code: 2, said: `Error: ${name} is wrong` });
  });
});

it('audit list lists everything if --since is before the earliest possible time', async () => {
  const asked: unknown[] = [];
  const admin = {
    ...fakeAdmin(),
    listAudit: ({ sinceAtMs }: { sinceAtMs?: number | undefined }) => {
      asked.push(sinceAtMs);
      return Promise.resolve({ entries: [], nextCursor: null });
    },
  };
  await runCli(['audit', 'list', '--since', '999999d'], { admin });
  expect(asked).toEqual([0]);
});

describe('an unexpected error', () => {
  const connectApi = () => Promise.reject(new Error('the API is stuck'));
  const env = { FIRSTCOME_URL: 'http://127.0.0.1:1', FIRSTCOME_TOKEN: 'x' };

  it('is reported without a stack trace, and exits with 1', async () => {
    const { code, stderr } = await runCli(['event', 'list'], { connectApi, env });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Error: the API is stuck\nThis is probably a bug. Run the same command with --debug to see where it happened.\n',
    );
  });

  it.each([
    [['--debug'], {}],
    [[], { LOG_LEVEL: 'debug' }],
  ])('is reported with its stack trace if the flags are %j and the environment is %j', async (flags, more) => {
    const { stderr } = await runCli(['event', 'list', ...flags], { connectApi, env: { ...env, ...more } });
    expect(stderr).toMatch(/\n {4}at .*bad-input\.test\.ts/);
  });
});
