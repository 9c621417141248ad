import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installWithApt, type Package } from '../services/apt.ts';
import { askEngine, createDocker, type Docker, runProgram } from '../services/docker.ts';
import { logTail } from '../services/local-service.ts';
import { endLeftovers, startOwnedProcess } from '../services/owned-process.ts';
import { waitUntil } from '../waiting/wait-until.ts';

export type Engine = {
  docker: Docker;
  version: string;
  /** Whether this command started the engine. If so, the command may remove everything in it. */
  isOwn: boolean;
  stop(): Promise<void>;
};

const startLimitMs = 60_000;
const stopLimitMs = 60_000;

/**
 * Returns the engine that the docker command reaches. If there is none, starts one. Throws with the reason if it can't
 * start one either.
 */
export async function findEngine(workDir: string, say: (line: string) => void): Promise<Engine> {
  const docker = createDocker(process.env);
  const answer = await askEngine(docker);
  if (answer.version !== null) return { docker, version: answer.version, isOwn: false, stop: () => Promise.resolve() };
  const why = cannotStartOne();
  if (why !== null) {
    throw new Error(
      `No Docker engine answers (${answer.reason}), and this command can't start one: ${why}. Start Docker, and run the same ` +
        'command again.',
    );
  }
  return startEngine(workDir, say);
}

function cannotStartOne(): string | null {
  if (process.platform !== 'linux') return 'that needs Linux';
  if (process.getuid?.() !== 0) return 'that needs root';
  if (findDockerd() === null && !existsSync('/usr/bin/apt-get')) return 'dockerd is not installed';
  return null;
}

/** Starts an engine with separate data, network and socket, so that it can run next to any other engine. */
async function startEngine(workDir: string, say: (line: string) => void): Promise<Engine> {
  const missing = (): Package[] => (findDockerd() === null ? ['docker.io'] : []);
  if (missing().length > 0) await installWithApt(missing(), missing, say);
  const file = findDockerd();
  if (file === null) throw new Error('apt has installed docker.io, but dockerd is not in PATH.');
  const pidDir = join(workDir, 'pids');
  await endLeftovers(pidDir, stopLimitMs);
  const data = join(workDir, 'engine');
  rmSync(data, { recursive: true, force: true });
  // The socket's path may have at most 107 bytes, so the socket is not in the work folder.
  const run = mkdtempSync(join(tmpdir(), 'firstcome-docker-'));
  const host = `unix://${join(run, 'docker.sock')}`;
  const logFile = join(workDir, 'dockerd.log');
  const hadBridge = existsSync('/sys/class/net/docker0');
  const log = openSync(logFile, 'w', 0o600);
  say('Starting a Docker engine for this command.');
  const dockerd = await startOwnedProcess({
    ...{ name: 'dockerd', file, cwd: workDir, env: withSbin(), stdio: ['ignore', log, log], pidDir },
    args: ['--data-root', data, '--exec-root', join(run, 'exec'), '--pidfile', join(run, 'pid'), '--host', host],
  });
  closeSync(log);
  const stop = async (): Promise<void> => {
    await dockerd.stop(stopLimitMs);
    for (const folder of [data, run]) rmSync(folder, { recursive: true, force: true });
    if (!hadBridge) await runProgram('ip', ['link', 'delete', 'docker0']).catch(() => undefined);
  };
  // Remove DOCKER_CONTEXT, because it would take precedence over DOCKER_HOST.
  const { DOCKER_CONTEXT: _, ...env } = withSbin();
  const docker = createDocker({ ...env, DOCKER_HOST: host });
  try {
    const version = await waitUntil(
      async () => {
        if (!dockerd.isRunning()) throw new Error(`dockerd did not start.\n${logTail(logFile)}`);
        return (await askEngine(docker)).version;
      },
      { limitMs: startLimitMs, everyMs: 200, late: () => `dockerd did not answer.\n${logTail(logFile)}` },
    );
    return { docker, version, isOwn: true, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** dockerd calls iptables, which is in an sbin folder that PATH may lack. */
const withSbin = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [process.env['PATH'] ?? '', ...sbin].join(delimiter),
});

function findDockerd(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', ...sbin];
  return folders.map((folder) => join(folder, 'dockerd')).find((path) => existsSync(path)) ?? null;
}
