import { basename } from 'node:path';
import { type OwnedProcess, startOwnedProcess } from '../services/owned-process.ts';
import { openChildLog } from './child-log.ts';
import type { Part } from './keep-running.ts';
import type { Terminal } from './terminal.ts';

export interface NodeProcessOptions {
  name: string;
  script: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  pidDir: string;
  logFile: string;
  terminal: Terminal;
}

/** Returns a process for one of our TypeScript files. The process is not started yet. */
export function nodeProcess(options: NodeProcessOptions): Part {
  const { name, script, cwd, env, pidDir } = options;
  let running: OwnedProcess | undefined;
  return {
    name,
    pid: () => (running?.isRunning() === true ? running.pid : null),
    ended: () => (running?.isRunning() === true ? running.ended : null),
    start: async () => {
      if (running?.isRunning() === true) return;
      const log = openChildLog(name, options.logFile, options.terminal);
      running = await startOwnedProcess({
        name: basename(name),
        file: process.execPath,
        args: [script],
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        pidDir,
      });
      const { child } = running;
      child.stdout?.on('data', (chunk: Buffer) => log.write(chunk, 'stdout'));
      child.stderr?.on('data', (chunk: Buffer) => log.write(chunk, 'stderr'));
      child.once('close', () => log.close());
    },
    stop: async () => (running === undefined ? true : running.stop(20_000)),
    kill: async () => running?.kill(),
  };
}
