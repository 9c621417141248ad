import { tmpdir } from 'node:os';
import { startOwnedProcess } from '../services/owned-process.ts';

export type Tools = {
  /** Runs a program and resolves to its stdout. If the program fails, rejects with all of its output. */
  run(file: string, args: string[], env?: NodeJS.ProcessEnv): Promise<string>;
};

/**
 * Returns tools that end their programs when this process ends or `abort` aborts. While a program runs, a file in
 * `pidDir` records its pid.
 */
export function toolsRecordedIn(pidDir: string, abort?: AbortSignal): Tools {
  return {
    run: async (file, args, env = {}) => {
      abort?.throwIfAborted();
      const tool = await startOwnedProcess({
        name: 'tool',
        ...{ file, args, cwd: tmpdir(), pidDir },
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LC_ALL: 'C.UTF-8', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        dieWithUs: true,
      });
      let output = '';
      let all = '';
      tool.child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        all += chunk.toString();
      });
      tool.child.stderr?.on('data', (chunk: Buffer) => (all += chunk.toString()));
      const stop = (): void => tool.signal('SIGTERM');
      abort?.addEventListener('abort', stop, { once: true });
      const { code, signal } = await tool.ended;
      abort?.removeEventListener('abort', stop);
      abort?.throwIfAborted();
      if (code === 0) return output;
      throw new Error(`${[file, ...args].join(' ')} failed (${signal ?? `exit code ${code}`}):\n${all.trimEnd()}`);
    },
  };
}
