import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { demoTexts, terminalLanguage } from '../../scripts/start/demo-event.ts';
import { mayOffer } from '../../scripts/start/offer-demo.ts';
import { root } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { launch, newDataDir } from './launch.ts';

vi.setConfig({ testTimeout: 120_000 });

const question = 'There are no events yet. Create a demo event that opens in a minute? [Y/n]';

/**
 * Runs `npm start` on a simulated terminal, with stand-ins for the API and the worker. `type` simulates keys that the
 * user types.
 */
function launchOnTerminal(dataDir = newDataDir(), { options = '', locale = '' } = {}) {
  const stands = '--api tests/launcher/stand-ins/api.ts --worker tests/launcher/stand-ins/worker.ts';
  const journal = join(dataDir, 'journal');
  const child = spawn('script', ['-qefc', `npm start -- ${stands} ${options}`, '/dev/null'], {
    cwd: root,
    env: {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', SHELL: '/bin/sh' },
      ...{ PORT: '0', FIRSTCOME_DATA_DIR: dataDir, STAND_IN_JOURNAL: journal, LANG: locale },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    dataDir,
    output: () => output,
    shows: (text: string) =>
      waitFor(() => output.includes(text), { what: `"${text}" on the terminal`, limitMs: 60_000 }).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${output}`);
        },
      ),
    type: (text: string) => child.stdin.write(text),
    journal: () => (existsSync(journal) ? readFileSync(journal, 'utf8') : ''),
    ended,
    [Symbol.asyncDispose]: async () => {
      // Simulates Ctrl-C.
      if (child.exitCode === null) child.stdin.write('\u0003');
      await ended;
    },
  };
}

describe('npm start, on a terminal and without any event,', () => {
  it('offers a demo event, creates it if the user says yes, does not offer it again, and stops the system on Ctrl-C', async () => {
    await using first = launchOnTerminal();
    await first.shows(question);
    expect(first.output().split('Admin token')).toHaveLength(2);
    first.type('\n');
    await first.shows('/e/ev_demo');
    expect(first.output()).toContain('event watch ev_demo');
    expect(first.journal()).toContain('api: event created');
    first.type('\u0003');
    await first.ended;
    expect(first.output()).toContain('Stopped. The data is kept.');

    await using second = launchOnTerminal(first.dataDir);
    await second.shows('Stop with Ctrl-C.');
    second.type('\u0003');
    await second.ended;
    expect(second.output()).not.toContain(question);
  });

  it('creates nothing if the user says no, and stops the system on Ctrl-C while it waits for an answer', async () => {
    await using first = launchOnTerminal();
    await first.shows(question);
    first.type('n\n');
    first.type('\u0003');
    await first.ended;
    expect(first.journal()).not.toContain('event created');

    await using second = launchOnTerminal(first.dataDir);
    await second.shows(question);
    second.type('\u0003');
    await second.ended;
    expect(second.output()).toContain('Stopped. The data is kept.');
  });
});

describe('the demo event’s texts', () => {
  it.each([
    { locale: 'ko_KR.UTF-8', options: '', language: 'ko' },
    { locale: 'en_GB.UTF-8', options: '', language: 'en' },
    { locale: 'ko_KR.UTF-8', options: '--demo-language en', language: 'en' },
  ] as const)('are in $language for LANG=$locale $options', async ({ locale, options, language }) => {
    await using launched = launchOnTerminal(newDataDir(), { options, locale });
    await launched.shows(question);
    launched.type('\n');
    await launched.shows('/e/ev_demo');
    const { name, description, terms } = demoTexts[language];
    const sent = /^api: event created (.*)$/m.exec(launched.journal())?.[1] ?? '';
    expect(JSON.parse(sent)).toMatchObject({ name, description, terms });
  });

  it('follow the locale that POSIX specifies for messages', () => {
    expect(terminalLanguage({ LC_ALL: 'ko_KR.UTF-8', LANG: 'en_US.UTF-8' })).toBe('ko');
    expect(terminalLanguage({ LC_ALL: 'C', LC_MESSAGES: 'ko_KR', LANG: 'ko_KR' })).toBe('en');
    expect(terminalLanguage({ LC_ALL: '', LC_MESSAGES: 'ko', LANG: 'en_US' })).toBe('ko');
    expect(terminalLanguage({ LANG: 'kok_IN' })).toBe('en');
    expect(terminalLanguage({})).toBe('en');
  });
});

it('npm start offers no demo event in a pipe', async () => {
  await using launched = await launch();
  await launched.ready();
  launched.process.signal('SIGTERM');
  await launched.process.ended;
  expect(launched.process.output()).not.toContain('demo event');
  expect(launched.journal()).not.toContain('event created');
});

it('npm start offers no demo event in production, or with servers that it did not start', () => {
  const own = { production: false, redisUrl: undefined, databaseUrl: undefined };
  const isTerminal = true;
  expect(mayOffer(own, { isTerminal })).toBe(true);
  expect(mayOffer(own, { isTerminal: false })).toBe(false);
  expect(mayOffer({ ...own, production: true }, { isTerminal })).toBe(false);
  expect(mayOffer({ ...own, redisUrl: 'redis://127.0.0.1' }, { isTerminal })).toBe(false);
  expect(mayOffer({ ...own, databaseUrl: 'mysql://127.0.0.1/shop' }, { isTerminal })).toBe(false);
});
