import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findRunningSystem } from '../../scripts/start/run-file.ts';
import { dataDirOf, readSettings } from '../../scripts/start/settings.ts';
import { startSystem } from '../../scripts/start/system.ts';
import { createTerminal, isSaleLine, type Terminal } from '../../scripts/start/terminal.ts';
import type { SystemAddress } from './run-sale.ts';

/** A system to work on. `stop` ends it if it was started here. */
export type FoundSystem = SystemAddress & {
  /** Of its processes that run now, by name; none where only the environment says where the system is. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
};

const root = dirname(dirname(import.meta.dirname));

/**
 * The system that the environment says (DATABASE_URL, REDIS_URL and AUTH_SECRET, at HOST and PORT), else the one that
 * `npm start` runs, else a new one for this `command`, beside the data dir, which is thrown away when it is stopped.
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
      say(`Using the system at ${url}, as the environment says.`);
      const opsUrl = settings.ops === null ? url : `http://${settings.ops.host}:${settings.ops.port}`;
      return { url, opsUrl, databaseUrl, redisUrl, authSecret, tokenRules, pids: () => ({}), stop };
    }
  }
  if (running !== null && (databaseUrl ?? running.databaseUrl) === running.databaseUrl) {
    say(`Using the running system at ${running.url}.`);
    const pids = () => findRunningSystem(settings.dataDir)?.pids ?? {};
    // One that an earlier version has started has written no `opsUrl`.
    const opsUrl = (running as Partial<typeof running>).opsUrl ?? running.url;
    return {
      ...running,
      opsUrl,
      authSecret: authSecret ?? readFileSync(running.authSecretFile, 'utf8').trim(),
      pids,
      stop,
    };
  }
  const dataDir = `${dataDirOf(root, env)}-${command}`;
  say('No system runs, so one is started for this run alone.');
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

/** The sale is told by whoever runs it. */
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
