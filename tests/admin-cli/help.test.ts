import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands, groups } from '../../admin-cli/commands/index.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { root } from '../support/processes.ts';
import { runCli } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

describe('help', () => {
  const pages = [[], ...Object.keys(groups).map((group) => [group]), ...commands.map(({ name }) => name.split(' '))];

  it.each(pages)('covers %s %s', async (...path) => {
    const asked = await runCli([...path.filter((part) => part !== undefined), '--help']);
    expect(asked.stdout).toMatchSnapshot();
    expect(asked).toMatchObject({ code: 0, stderr: '' });
  });

  it('is the same for `help` and for `--help`', async () => {
    expect(await runCli(['help', 'event', 'create'])).toEqual(await runCli(['event', 'create', '--help']));
    expect(await runCli(['help'])).toEqual(await runCli(['--help']));
  });

  it('is printed to stderr, as a usage error, if a group is called without a command', async () => {
    const { code, stdout, stderr } = await runCli(['event']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: coupon-admin event');
  });

  it('is coloured only on a terminal, and not with NO_COLOR', async () => {
    const terminal = { answers: [] };
    expect((await runCli(['--help'], { terminal })).stdout).toContain('\u001b[1mUsage:');
    expect((await runCli(['--help'], { terminal, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, true],
  ])('in a pipe with %j is coloured: %s', async (env: Record<string, string>, coloured) => {
    expect((await runCli(['--help'], { env })).stdout.includes('\u001b')).toBe(coloured);
  });

  it('lists --json for every command', async () => {
    for (const { name } of commands) {
      expect((await runCli([...name.split(' '), '--help'])).stdout).toContain('--json');
    }
  });
});

it('docs/cli.md lists every command', () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  for (const { name } of commands) expect(page).toContain(`| \`${name}`);
});

describe('an example in the help', () => {
  const lines = commands.flatMap((command) => command.examples.map(({ line }) => line));

  it.each(lines)('is a line that the CLI accepts: %s', async (line) => {
    const secret = { AUTH_SECRET: 'a secret of at least 32 bytes, for tests' };
    const admin = fakeAdmin([anEvent({ eventId: 'EVENT', closed: true })]);
    const { code, stderr } = await runCli(splitLine(line), {
      admin,
      env: secret,
      terminal: { answers: ['Autumn sale'] },
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

it('the CLI prints its version', async () => {
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});
