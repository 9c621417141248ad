import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spanInWords } from '../core/access/token-rules.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { hidden } from './command/options.ts';
import { readSettings, type Settings } from './start/settings.ts';
import { startSystem, type System } from './start/system.ts';

const root = dirname(import.meta.dirname);
const scripts = parseOrExit(
  npmCommand<{ api: string; worker: string }>('npm start --', (command) =>
    command
      .description(
        'Sets everything up and runs it here: local services, API and worker. Settings come from the environment and from ' +
          '.env; .env.example lists them.',
      )
      // For the launcher's own tests, which must be able to start what doesn't behave.
      .addOption(hidden('--api <script>', 'api/main.ts'))
      .addOption(hidden('--worker <script>', 'worker/main.ts')),
  ),
);

// The terminal may be gone before we are; what we would have said is then said to nobody.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const say = (line: string) => process.stdout.write(`${line}\n`);

const starting = new AbortController();
let system: System | undefined;
let asked = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    asked += 1;
    if (asked > 1) {
      say('Hurrying.');
      system?.hurry();
      return;
    }
    starting.abort(new Error(`Stopped by ${signal}.`));
    if (system === undefined) say('Stopping as soon as this step has ended.');
    else void stop(system);
  });
}

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  void (system?.stop() ?? Promise.resolve()).finally(() => process.exit(1));
});

try {
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const settings = readSettings(root, process.env);
  system = await startSystem({
    root,
    settings,
    say,
    signal: starting.signal,
    scripts,
  });
  if (asked > 0) await stop(system);
  else welcome(system, settings);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(asked > 0 ? 0 : 1);
}

async function stop(running: System): Promise<void> {
  say('Stopping: the API and the worker finish what they have accepted, then the servers stop.');
  const inTime = await running.stop();
  say(inTime ? `Stopped. The data is kept.` : 'Stopped, but not everything ended in time by itself. The data is kept.');
  process.exit(inTime || asked > 1 ? 0 : 1);
}

/** In production no token is printed: whoever reads the terminal, or the log that it is kept in, would be an admin. */
function welcome({ run }: System, settings: Settings): void {
  say(`
Firstcome is ready.

  URL          ${run.url}
               (the pages for users: events, each with its button)
  Console      ${run.opsUrl}/admin
               (for admins: sign in with ${settings.production ? 'a token' : 'this token'})
${settings.production ? howToGetToken() : tokenToTry(run, settings)}

Stop with Ctrl-C. The logs are in ${join(settings.dataDir, 'logs')}.`);
}

// A function, as this is called before the end of the file is reached.
function howToGetToken(): string {
  return '  Token        npm run admin -- token mint --sub <your name> --role admin';
}

function tokenToTry({ opsUrl, token }: System['run'], { tokenRules }: Settings): string {
  return `  Admin token  ${token.value}
               (valid for ${spanInWords(tokenRules.roleMaxMs)})
  Try          curl -s ${opsUrl}/trpc/admin.event.create -H 'content-type: application/json' \\
                 -H 'authorization: Bearer ${token.value}' \\
                 -d '{"name":"First event","amount":10000,"stock":1000,"opensAt":"'$(date -u +%FT%TZ)'"}'`;
}
