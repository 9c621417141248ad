import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SetupError } from './usage-error.ts';

export type Env = Record<string, string | undefined>;

const runFile = z.object({
  url: z.string(),
  opsUrl: z.string().optional(),
  token: z.object({ value: z.string() }),
  tokenRules: z
    .object({ issuer: z.string().nullable(), audience: z.string().nullable(), roleMaxMs: z.number() })
    .optional(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  authSecretFile: z.string(),
});

export type RunFile = z.output<typeof runFile>;

/** The run.json of the system that `npm start` runs on this machine, or the reason why there is none. */
export type SystemHere = { file: string } & ({ running: RunFile } | { running: undefined; why: string });

/**
 * Finds the system that `npm start` runs on this machine. Ignores it if the environment names other stores, because the
 * user then means another system.
 */
export function findSystemHere(env: Env, root: string): SystemHere {
  const { FIRSTCOME_DATA_DIR = '.data', DATABASE_URL, REDIS_URL } = given(env);
  const file = join(resolve(root, FIRSTCOME_DATA_DIR), 'run.json');
  const running = readRunFile(file);
  if (running === undefined) {
    return { file, running, why: nothingIn(file, given(env)['FIRSTCOME_DATA_DIR']) };
  }
  const { databaseUrl, redisUrl } = running;
  const isOther = (DATABASE_URL ?? databaseUrl) !== databaseUrl || (REDIS_URL ?? redisUrl) !== redisUrl;
  if (!isOther) return { file, running };
  const why = `${file} was ignored, because DATABASE_URL or REDIS_URL names a store of another system`;
  return { file, running: undefined, why };
}

/** The CLI finds a system with another data directory only if FIRSTCOME_DATA_DIR has the same value here. */
const nothingIn = (file: string, dataDir: string | undefined): string =>
  dataDir === undefined
    ? `${file} doesn't exist, so no system runs here (if you started one with FIRSTCOME_DATA_DIR, set it here too)`
    : `FIRSTCOME_DATA_DIR is ${dataDir}, and ${file} doesn't exist, so no system runs there`;

export const given = (env: Env): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

/** Reads run.json. Returns undefined if no system is running. */
export function readRunFile(file: string): RunFile | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  const read = runFile.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new SetupError(
    `${file} is not what \`npm start\` writes. Stop the system, and start it again with \`npm start\`.`,
  );
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SetupError(`${file} can't be read: ${(error as Error).message}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
