import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findRunningSystem } from '../../scripts/start/run-file.ts';
import { dataDirOf, readSettings, type Settings } from '../../scripts/start/settings.ts';
import { startSystem } from '../../scripts/start/system.ts';
import { createTerminal, isSaleLine, type Terminal } from '../../scripts/start/terminal.ts';
import type { SystemAddress } from './run-sale.ts';

/** `stop` stops the system if this command started it. */
export type FoundSystem = SystemAddress & {
  /** Current process ids by name. Empty if only the environment gives the system's address. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
};

const root = dirname(dirname(import.meta.dirname));

/**
 * Finds a system: the one in the environment (DATABASE_URL, REDIS_URL and AUTH_SECRET, at HOST and PORT), otherwise the
 * one that `npm start` runs. If there is neither, starts one for `command`, in a folder next to the data directory, and
 * deletes that folder when the system stops.
 */
export async function findSystem(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  signal: AbortSignal,
  command: 'flash-sale' | 'load' = 'flash-sale',
): Promise<FoundSystem> {
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const settings = readSettings(root, env);
  const { databaseUrl, redisUrl, authSecret, tokenRules } = settings;
  const stop = () => Promise.resolve();
  const running = findRunningSystem(settings.dataDir);
  if (databaseUrl !== undefined && redisUrl !== undefined && authSecret !== undefined) {
    const url = `http://${settings.host}:${settings.port ?? 3_000}`;
    if (await answers(url)) {
      say(`Using the system at ${url}, from the environment.`);
      const opsUrl = settings.ops === null ? url : `http://${settings.ops.host}:${settings.ops.port}`;
      return { url, opsUrl, databaseUrl, redisUrl, authSecret, tokenRules, pids: () => ({}), stop };
    }
  }
  if (running !== null && (databaseUrl ?? running.databaseUrl) === running.databaseUrl) {
    say(`Using the running system at ${running.url}.`);
    const pids = () => findRunningSystem(settings.dataDir)?.pids ?? {};
    // An earlier version's system has no `opsUrl`.
    const opsUrl = (running as Partial<typeof running>).opsUrl ?? running.url;
    return {
      ...running,
      opsUrl,
      authSecret: authSecret ?? readFileSync(running.authSecretFile, 'utf8').trim(),
      pids,
      stop,
    };
  }
  say('No system is running; starting one for this run.');
  return startOwnSystem(settings, { dataDir: `${dataDirOf(root, env)}-${command}`, say, signal });
}

/** Starts a system on `dataDir`, which is deleted when the system stops. */
export async function startOwnSystem(
  settings: Settings,
  { dataDir, say, signal }: { dataDir: string; say: (line: string) => void; signal: AbortSignal },
): Promise<FoundSystem> {
  const system = await startSystem({
    root,
    settings: { ...settings, dataDir, port: settings.port ?? 0, ops: settings.ops && { ...settings.ops, port: 0 } },
    terminal: warningsOnly((line) => say(`  ${line}`)),
    signal,
    scripts: { api: 'api/main.ts', worker: 'worker/main.ts' },
  });
  return {
    ...system.run,
    authSecret: system.authSecret,
    pids: () => findRunningSystem(dataDir)?.pids ?? {},
    stop: async () => {
      await system.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Shows only warnings and errors, because the command reports its own progress. */
function warningsOnly(write: (line: string) => void): Terminal {
  const terminal = createTerminal({ write, format: 'pretty', colours: false });
  return { ...terminal, show: (line, raw) => (isSaleLine(line) ? undefined : terminal.show(line, raw)) };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
