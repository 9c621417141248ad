import { execFile } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { commands, groups } from '../../admin-cli/commands/index.ts';
import { complete } from '../../admin-cli/completion/complete.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { runCli } from './support/run-cli.ts';

/**
 * The words of a command line up to the cursor `|`. In `event p|`, the cursor directly follows `p`; in `event |`, it
 * follows a space.
 */
const words = (line: string): string[] => line.replace(/\|$/, '').split(' ');

describe('completion', () => {
  it.each([
    ['|', 'event claims metrics audit token api-key reconcile completion help'],
    ['ev|', 'event'],
    ['event p|', 'pause'],
    ['help ev|', 'event'],
    ['help event top|', 'top-up'],
    ['help event pause |', ''],
    ['xyz |', ''],
    ['event xyz |', ''],
    ['completion |', 'bash zsh fish'],
    ['completion b|', 'bash'],
    ['completion bash |', '--json --help'],
    ['token mint --role |', 'viewer operator admin'],
    ['event create --strategy redis-s|', 'redis-spin-lock redis-stream'],
    ['event create --name |', ''],
    ['event list |', '--phase --search --sort --columns --quiet --limit --all --json --help'],
    ['event list --phase |', 'closed scheduled paused sold_out open'],
    ['event list --limit 5 --j|', '--json'],
    ['event close x --con|', '--confirm'],
    ['event close x --confirm y --con|', ''],
  ])('offers the possible next words for `%s`', (line, expected) => {
    const { candidates, events } = complete(words(line), commands, groups);
    expect({ words: candidates.map(({ word }) => word).join(' '), events }).toEqual({ words: expected, events: false });
  });

  it.each(['event pause |', 'event pause --reason why |', 'reconcile --repair |', 'event create --like |'])(
    'offers events for `%s`',
    (line) => {
      expect(complete(words(line), commands, groups).events).toBe(true);
    },
  );

  it('knows every command', () => {
    for (const { name } of commands) {
      const found = complete(name.split(' '), commands, groups).candidates.map(({ word }) => word);
      expect(found).toContain(name.split(' ').at(-1));
    }
  });
});

describe('event completion', () => {
  const ask = (options: Parameters<typeof runCli>[1], ...line: string[]) => runCli(['__complete', ...line], options);

  it('offers the events that begin with the typed text, with their names', async () => {
    const admin = fakeAdmin([anEvent({ eventId: 'ev_1', name: 'A\tB' }), anEvent({ eventId: 'x' })]);
    expect(await ask({ admin }, 'event', 'show', 'ev')).toEqual({
      code: 0,
      stdout: String.raw`ev_1${'\t'}A\tB, scheduled` + '\n',
      stderr: '',
    });
  });

  it('offers no events, and prints no error, if no system is running or something other than Firstcome answers', async () => {
    const nothing = { code: 0, stdout: '', stderr: '' };
    const env = { FIRSTCOME_URL: 'http://127.0.0.1:1', FIRSTCOME_TOKEN: 'x' };
    expect(await ask({}, 'event', 'show', '')).toEqual(nothing);
    expect(await ask({ env: { FIRSTCOME_URL: 'nonsense' } }, 'event', 'show', '')).toEqual(nothing);
    expect(await ask({ env, connectApi: () => Promise.reject(new Error('stuck')) }, 'event', 'show', '')).toEqual(
      nothing,
    );
  });

  it('gives up soon if the system does not answer', async () => {
    const env = { FIRSTCOME_URL: 'http://127.0.0.1:1', FIRSTCOME_TOKEN: 'x' };
    const connectApi = () => new Promise<never>(() => undefined);
    expect(await ask({ env, connectApi }, 'event', 'show', '')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

/** Installs the CLI under its own name, because the completion scripts call it by that name. */
function makeBin(): string {
  const dir = makeTestDir(inject('runDir'), 'bin');
  const bin = join(dir, 'coupon-admin');
  writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'admin-cli/main.ts')}' "$@"\n`);
  chmodSync(bin, 0o755);
  return dir;
}

/** The output of a shell that runs `script` while no system is running. */
async function shell(name: string, args: string[], script: string): Promise<string> {
  const bin = makeBin();
  const path = [bin, process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: bin, FIRSTCOME_DATA_DIR: bin };
  const { stdout, stderr } = await promisify(execFile)(name, [...args, '-c', script], { env });
  expect(stderr).toBe('');
  return stdout;
}

const has = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

describe('the completion scripts', () => {
  it('complete commands in bash', async () => {
    const script = `
      source <(coupon-admin completion bash)
      try() { COMP_WORDS=(coupon-admin "$@"); COMP_CWORD=$#; COMPREPLY=(); _coupon_admin; echo "\${COMPREPLY[@]}"; }
      try event pa
      try event create --strategy db-
      try event show ''
      try token mint ''
      complete -p coupon-admin`;
    const lines = (await shell('bash', ['--norc'], script)).split('\n');
    expect(lines.slice(0, 4)).toEqual(['pause', 'db-lock db-named-lock', '', '--sub --role --ttl --json --help']);
    expect(lines[4]).toContain('-F _coupon_admin coupon-admin');
  });

  it.skipIf(!has('fish'))('complete commands in fish', async () => {
    const script = `
      coupon-admin completion fish | source
      complete -C 'coupon-admin event pa'
      complete -C 'coupon-admin completion '`;
    expect(await shell('fish', ['--no-config'], script)).toBe(
      'pause\tRefuse claims until the event is resumed.\nbash\nzsh\nfish\n',
    );
  });

  it.skipIf(!has('zsh'))('complete commands in zsh', async () => {
    // Completion in zsh needs a terminal, so this test only checks what the script passes to zsh.
    const script = `
      source <(coupon-admin completion zsh)
      _describe() { print -l -- "\${(@P)3}" }
      words=(coupon-admin event pa) CURRENT=3; _coupon_admin
      words=(coupon-admin completion '') CURRENT=3; _coupon_admin`;
    expect(await shell('zsh', ['-f'], script)).toBe(
      'pause:Refuse claims until the event is resumed.\nbash:\nzsh:\nfish:\n',
    );
  });

  it('prints a shell’s script as data with --json', async () => {
    const { stdout } = await runCli(['completion', 'fish', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      shell: 'fish',
      script: expect.stringContaining('__complete') as unknown,
    });
  });
});
