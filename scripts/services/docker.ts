import { spawn } from 'node:child_process';
import { signalGroup } from './owned-process.ts';
import type { EngineAnswer } from './where-to-run.ts';

export type DockerResult = { code: number | null; stdout: string; stderr: string };

/** The docker command for one engine. */
export type Docker = {
  env: NodeJS.ProcessEnv;
  /** Resolves to the command's stdout, trimmed. If the command fails, rejects with the command and its output. */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Like `run`, but resolves even if the command fails. */
  attempt(args: readonly string[], options?: RunOptions): Promise<DockerResult>;
  /** Returns the same docker command, except that it stops and rejects when `signal` aborts. */
  until(signal: AbortSignal): Docker;
};

export type RunOptions = { cwd?: string; env?: NodeJS.ProcessEnv; stdin?: string; signal?: AbortSignal };

export function createDocker(env: NodeJS.ProcessEnv, signal?: AbortSignal): Docker {
  const attempt = (args: readonly string[], options: RunOptions = {}) =>
    runProgram('docker', args, { ...(signal && { signal }), ...options, env: { ...env, ...options.env } });
  return {
    env,
    attempt,
    until: (other) => createDocker(env, other),
    run: async (args, options) => {
      const { code, stdout, stderr } = await attempt(args, options);
      if (code === 0) return stdout.trim();
      throw new Error(
        `docker ${args.join(' ')} failed (exit ${code}):\n${`${stdout}${stderr}`.trimEnd().slice(-4_000)}`,
      );
    },
  };
}

/** Asks the engine for its version. If there is no answer, `reason` says why. */
export async function askEngine(docker: Docker): Promise<EngineAnswer> {
  try {
    const { code, stdout, stderr } = await docker.attempt(['version', '--format', '{{.Server.Version}}'], {
      signal: AbortSignal.timeout(10_000),
    });
    const version = stdout.trim();
    if (code === 0 && version !== '') return { version, reason: '' };
    return { version: null, reason: stderr.trim().split('\n').at(-1) ?? '' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { version: null, reason: 'docker is not installed' };
    }
    return { version: null, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Runs a program until it ends. Ctrl-C does not reach the program. If `signal` aborts, ends the program and everything
 * that it has started, such as Docker's plugins.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  { cwd, env, stdin, signal }: RunOptions = {},
): Promise<DockerResult> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<DockerResult>();
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  // If the program fails early, it closes its input. Ignore that error, because the exit code and the output say more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  const stop = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM');
  };
  signal?.addEventListener('abort', stop, { once: true });
  child.once('error', reject);
  child.once('close', (code) => resolve({ code, ...output }));
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
  }
}
