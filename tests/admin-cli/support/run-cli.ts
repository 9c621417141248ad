import type { ApiClient } from '../../../admin-cli/api-client.ts';
import type { Io } from '../../../admin-cli/io.ts';
import { run } from '../../../admin-cli/run.ts';
import { nowMs } from '../../support/fake-admin.ts';

export type Ran = { code: number; stdout: string; stderr: string };

export type RunOptions = {
  /** Runs the command at a terminal whose user types these answers. Default: input and output are pipes. */
  terminal?: { answers: (string | null)[] };
  env?: Record<string, string>;
  admin?: ApiClient['admin'];
  root?: string;
  connectApi?: Io['connectApi'];
  /** Aborts a command that would otherwise run forever. */
  leaving?: AbortSignal;
  columns?: number;
};

/** Runs a command in this process. If `admin` is given, it replaces the API. */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { terminal, admin } = options;
  const answers = [...(terminal?.answers ?? [])];
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    ready: () => Promise.resolve(),
    isTTY: terminal !== undefined,
    columns: terminal === undefined ? undefined : (options.columns ?? 100),
  });
  const io: Io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    interactive: terminal !== undefined,
    ask(question) {
      written.stderr += question;
      return Promise.resolve(answers.shift() ?? null);
    },
    leaving: () => options.leaving ?? new AbortController().signal,
    env: admin === undefined ? (options.env ?? {}) : { ...someApi, ...options.env },
    timeZone: 'UTC',
    root: options.root ?? import.meta.dirname,
    nowMs: () => nowMs,
    connectApi:
      options.connectApi ??
      (() =>
        admin === undefined
          ? Promise.reject(new Error('this test has no API'))
          : Promise.resolve({ admin, clock: { nowMs: () => nowMs } })),
  };
  const code = await run(argv, io);
  return { code, ...written };
}

/** A complete set of settings. Nothing calls this address, because `connectApi` returns `admin`. */
const someApi = { FIRSTCOME_URL: 'http://127.0.0.1:1', FIRSTCOME_TOKEN: 'some-token' };
