import { expect, it } from 'vitest';
import { Fault } from '../../core/runtime/fault.ts';
import { fakeAdmin } from '../support/fake-admin.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';

async function failed(argv: string[], options: RunOptions = { admin: fakeAdmin() }) {
  const { code, stdout, stderr } = await runCli([...argv, '--json'], options);
  const plain = await runCli(argv, options);
  expect(code).toBe(plain.code);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return (JSON.parse(stderr) as { error: Record<string, unknown> }).error;
}

it('a JSON error contains the fault from the API’s answer', async () => {
  expect(await failed(['event', 'show', 'ev_aaaaaaaaaaaa'])).toEqual({
    code: 'not_found',
    message: 'There is no event ev_aaaaaaaaaaaa.',
    exitCode: 1,
    problem: { code: 'no_event', params: { eventId: 'ev_aaaaaaaaaaaa' } },
  });
});

it('a JSON error names the fields that the API refused', async () => {
  const issues = [{ path: ['stock'], message: 'must be one', code: 'whole_number', params: { max: 1 } }];
  const admin = fakeAdmin();
  admin.create = () => Promise.reject(new Fault('bad_request', 'No.', { issues }));
  const create = ['event', 'create', '--name', 'A', '--amount', '1000', '--stock', '5', '--opens-at', '+1m'];
  const error = await failed(create, { admin });
  expect(error).toMatchObject({ code: 'bad_request', message: '--stock must be one', exitCode: 2, issues });
});

it.each([
  ['a command that does not exist', ['event', 'lists']],
  ['a flag that does not exist', ['event', 'list', '--limits', '3']],
  ['an impossible value', ['event', 'list', '--limit', 'many']],
  ['an unknown choice', ['event', 'list', '--sort', 'size']],
  ['a missing argument', ['event', 'show']],
  ['missing flags', ['event', 'create', '--name', 'A']],
])('a JSON error reports %s as a usage error', async (_what, argv) => {
  expect(await failed(argv)).toMatchObject({
    code: 'usage',
    exitCode: 2,
    message: expect.stringMatching(/^[A-Z]/) as unknown,
  });
});

it('a JSON error says that no system was found', async () => {
  expect(await failed(['event', 'list'], {})).toMatchObject({ code: 'setup', exitCode: 1 });
});

it('a --json after -- is an argument, not a flag', async () => {
  const { stderr } = await runCli(['event', 'show', '--', '--json'], { admin: fakeAdmin() });
  expect(stderr).toBe('Error: There is no event --json.\n');
});
