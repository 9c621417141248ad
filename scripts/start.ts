import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spanInWords } from '../core/access/token-rules.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { choice, hidden } from './command/options.ts';
import { storeImages } from './services/store-settings.ts';
import type { Place } from './services/where-to-run.ts';
import { askYesOrNo } from './start/ask.ts';
import { demoLanguages, terminalLanguage, type DemoLanguage } from './start/demo-event.ts';
import { mayOffer, offerDemo } from './start/offer-demo.ts';
import type { RunFile } from './start/run-file.ts';
import { readSettings, type Settings } from './start/settings.ts';
import { startSystem, type System } from './start/system.ts';
import { createTerminal } from './start/terminal.ts';

type StartOptions = {
  api: string;
  worker: string;
  redisImage: string;
  mysqlImage: string;
  services?: Place;
  demoLanguage?: DemoLanguage;
};

const root = dirname(import.meta.dirname);
const {
  services,
  demoLanguage = terminalLanguage(process.env),
  redisImage,
  mysqlImage,
  ...scripts
} = parseOrExit(
  npmCommand<StartOptions>('npm start --', (command) =>
    command
      .description(
        'Sets up and runs the whole system here: local services, API and worker. Settings come from the environment and ' +
          'from .env; .env.example lists them.',
      )
      .addOption(
        choice(
          '--demo-language <language>',
          'language of the demo event (default: the language of your terminal)',
          demoLanguages,
        ),
      )
      .addOption(
        choice('--services <where>', 'where Redis and MySQL run: directly on this machine, or in Docker containers', [
          ...['local', 'docker'],
        ]),
      )
      .addHelpText(
        'after',
        `
Without --services, Redis and MySQL run directly on this machine. If they are missing and a Docker engine answers, npm
start asks on the terminal whether to use containers. Later starts use the same place, because the data is there.`,
      )
      // For the launcher's own tests, which use this setting to start scripts that misbehave.
      .addOption(hidden('--api <script>', 'api/main.ts'))
      .addOption(hidden('--worker <script>', 'worker/main.ts'))
      // For npm run containers, whose stand-ins have different names.
      .addOption(hidden('--redis-image <name>', storeImages.redis))
      .addOption(hidden('--mysql-image <name>', storeImages.mysql)),
  ),
);

// If the terminal is gone, the output is lost, but the process goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
/** Print plainly until the settings choose a log format. */
let say: (line: string) => void = write;

const starting = new AbortController();
const stopping = new AbortController();
let system: System | undefined;
let asked = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    asked += 1;
    if (asked > 1) {
      say('Stopping now.');
      system?.hurry();
      return;
    }
    starting.abort(new Error(`Stopped by ${signal}.`));
    if (system === undefined) say('Stopping after the current step.');
    else void stop(system);
  });
}

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  void (system?.stop() ?? Promise.resolve()).finally(() => process.exit(1));
});

const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
try {
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const settings = readSettings(root, process.env);
  const format = settings.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  const terminal = createTerminal({
    write,
    format,
    colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  });
  ({ say } = terminal);
  system = await startSystem({
    root,
    settings,
    terminal,
    signal: starting.signal,
    scripts,
    containers: {
      wanted: services,
      ask: isTerminal ? (question) => askYesOrNo(question, starting.signal) : null,
      images: { redis: redisImage, mysql: mysqlImage },
    },
  });
  if (asked > 0) await stop(system);
  else {
    write(welcome(system.run, settings));
    if (mayOffer(settings, { isTerminal })) await offer(system.run, settings);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(asked > 0 ? 0 : 1);
}

async function offer(run: RunFile, settings: Settings): Promise<void> {
  try {
    await offerDemo({ run, settings, language: demoLanguage, say: write, signal: stopping.signal });
  } catch (error) {
    write(`The demo event could not be created: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function stop(running: System): Promise<void> {
  stopping.abort();
  say('Stopping: first the API and the worker finish their accepted work, then the servers stop.');
  const inTime = await running.stop();
  say(
    inTime
      ? `Stopped. The data is kept.`
      : 'Stopped, but some processes did not end in time and were killed. The data is kept.',
  );
  process.exit(inTime || asked > 1 ? 0 : 1);
}

/**
 * The text after a successful start. In production it leaves out the admin token: anyone who can read the terminal or
 * its log could act as an admin.
 */
function welcome({ url, opsUrl, token }: RunFile, { production, dataDir, tokenRules }: Settings): string {
  const tokenLines = production
    ? ['  Token        npm run -s admin -- token mint --sub <your name> --role admin']
    : [`  Admin token  ${token.value}`, `               (valid for ${spanInWords(tokenRules.roleMaxMs)})`];
  return [
    '',
    'Firstcome is ready.',
    '',
    `  URL          ${url}`,
    `  Console      ${opsUrl}/admin`,
    ...tokenLines,
    '  Try          npm run -s admin -- event create --name Trial --amount 5000 --stock 10 --opens-at +30s',
    `  Logs         ${join(dataDir, 'logs')}`,
    '',
    'Stop with Ctrl-C.',
  ].join('\n');
}
