import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureDependencies } from '../../scripts/launch/dependencies.mjs';
import { logTail } from '../../scripts/services/local-service.ts';
import { startOwnedProcess } from '../../scripts/services/owned-process.ts';

/** The package with Artillery and the scenarios. */
export const loadDir = dirname(import.meta.dirname);

/** Installs the version of Artillery that load/package-lock.json names, unless it is installed. */
export function ensureArtillery(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    loadDir,
    say,
    'Installing Artillery in load/ with npm ci (450 MB, about a minute; only this time). No browser is downloaded.',
  );
}

export type ArtilleryRun = {
  url: string;
  /** The file in load/ that defines when users arrive. */
  phases: string;
  /** Variables for the scenario and its hooks. */
  env: Record<string, string>;
  /** The folder for Artillery's report (`<name>.json`) and output (`<name>.log`). */
  dir: string;
  name: string;
  /** Called with the pid once Artillery runs. */
  started(pid: number): void;
};

/** Runs Artillery until it ends. Throws if Artillery fails or the signal aborts. */
export async function runArtillery(run: ArtilleryRun, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { dir, name } = run;
  const logFile = join(dir, `${name}.log`);
  const log = openSync(logFile, 'w', 0o600);
  const bin = join(loadDir, 'node_modules', 'artillery', 'bin', 'run');
  const report = ['--output', join(dir, `${name}.json`)];
  const artillery = await startOwnedProcess({
    name,
    file: process.execPath,
    args: [bin, 'run', '--target', run.url, '--config', run.phases, ...report, 'claim.yml'],
    cwd: loadDir,
    // Passes on only some variables, because HTTP_PROXY, for example, would send Artillery's calls through the proxy.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ARTILLERY_DISABLE_TELEMETRY: 'true', ...run.env },
    stdio: ['ignore', log, log],
    pidDir: join(dir, 'pids'),
    dieWithUs: true,
  }).finally(() => closeSync(log));
  run.started(artillery.pid);
  const giveUp = () => void artillery.stop(5_000);
  signal.addEventListener('abort', giveUp, { once: true });
  const { code } = await artillery.ended;
  signal.removeEventListener('abort', giveUp);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`Artillery ended with exit code ${code}:\n${logTail(logFile)}`);
}
