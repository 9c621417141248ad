import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, vi } from 'vitest';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';

vi.setConfig({ testTimeout: 60_000 });

const home = makeTestDir(inject('runDir'), 'npm-home');

type Ran = { code: number; stdout: string; stderr: string };

/** Runs npm in the checkout as a new user would, without any settings for npm or this project. */
function npm(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const given = {
    PATH: process.env['PATH'],
    HOME: home,
    FIRSTCOME_DATA_DIR: home,
    npm_config_update_notifier: 'false',
  };
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: root, env: { ...given, ...env }, timeout: 50_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const errorLine = (stderr: string): string => stderr.split('\n').find((line) => line.startsWith('Error: ')) ?? stderr;

const taken = (options: string, run: string): string => {
  const whose = options.includes(' and ') ? 'options of its own' : 'an option of its own';
  return `Error: npm took ${options} for ${whose}, because \`--\` is missing. Nothing was done. Run: ${run}`;
};

describe('a command whose options npm took, because -- is missing,', () => {
  it.each([
    ['run flash-sale --users 100', '--users', 'npm run flash-sale -- --users 100'],
    [
      'run flash-sale --users=100 --stock=5 --json',
      '--users, --stock and --json',
      'npm run flash-sale -- --users 100 --stock 5 --json',
    ],
    ['run prove --runs 3', '--runs', 'npm run prove -- --runs 3'],
    ['run bench opening --rounds 1', '--rounds', 'npm run bench -- opening --rounds 1'],
    ['run openapi --write', '--write', 'npm run openapi -- --write'],
    ['start --demo-language ko', '--demo-language', 'npm start -- --demo-language ko'],
    ['test --coverage', '--coverage', 'npm test -- --coverage'],
    ['run admin claims show EVENT --user kim', '--user', 'npm run -s admin -- claims show EVENT --user kim'],
    [
      'run admin event create --name=Tom&Jerry --amount=5',
      '--name and --amount',
      "npm run -s admin -- event create --name 'Tom&Jerry' --amount 5",
    ],
    [
      'run admin event create --amount 5 --stock 10',
      '--amount and --stock',
      'npm run -s admin -- event create --amount <number> --stock <number>',
    ],
  ])('names these options and the right command, does nothing, and exits 2: npm %s', async (line, options, right) => {
    const ran = await npm(line.split(' '));
    expect(errorLine(ran.stderr)).toBe(taken(options, right));
    expect(ran.code).toBe(2);
  });

  it('reports these options as JSON if --json is among them', async () => {
    const ran = await npm(['run', '-s', 'admin', 'event', 'list', '--json']);
    const { error } = JSON.parse(ran.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe('usage');
    expect(`Error: ${error.message}`).toBe(taken('--json', 'npm run -s admin -- event list --json'));
  });
});

describe('a command runs', () => {
  it('with its options if they follow --', async () => {
    const ran = await npm(['run', '-s', 'admin', '--', 'event', 'list', '--json']);
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'setup' } });
  });

  it('even if .npmrc has a setting with the same name as an option', async () => {
    const userconfig = join(home, 'with-json');
    writeFileSync(userconfig, 'json=true\n');
    const ran = await npm(['run', '-s', 'admin', '--', 'event', 'list'], { npm_config_userconfig: userconfig });
    expect(ran.stderr).toContain('There is no API to call');
  });
});

describe('under npm run admin', () => {
  it('help, usage, examples and errors name the command as the user called it', async () => {
    const help = await npm(['run', '-s', 'admin', '--', 'event', 'create', '--help']);
    expect(help.stdout).toContain('Usage: npm run -s admin -- event create [options]');
    expect(help.stdout).toContain("\n  npm run -s admin -- event create --name 'Autumn sale'");
    expect(help.stdout).not.toContain('coupon-admin');
    const usage = await npm(['run', '-s', 'admin', '--', 'event', 'creat']);
    expect(usage.stderr).toContain('See: npm run -s admin -- event --help\n');
    const setup = await npm(['run', '-s', 'admin', '--', 'event', 'list'], { FIRSTCOME_URL: 'http://127.0.0.1:1' });
    expect(setup.stderr).toContain('`npm run -s admin -- token mint --sub <your name> --role operator`');
  });
});
