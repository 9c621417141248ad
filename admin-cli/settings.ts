import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SetupError } from './usage-error.ts';

/** The environment of the system that the CLI works on, and where it came from. */
export type Settings = { env: Record<string, string | undefined>; origin: string };

const storeNames = ['DATABASE_URL', 'REDIS_URL'] as const;

/**
 * The environment first, then what a running `npm start` wrote to `<data dir>/run.json`. As soon as a store of the
 * environment is another one than run.json's, run.json counts for nothing: half of one system with half of another
 * would change the wrong events.
 */
export function readSettings(env: Record<string, string | undefined>, root: string): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const file = join(resolve(root, given['FIRSTCOME_DATA_DIR'] ?? '.data'), 'run.json');
  const running = readRunFile(file);
  const usable = running !== undefined && storeNames.every((name) => (given[name] ?? running[name]) === running[name]);
  return usable
    ? { env: { ...running, ...given }, origin: file }
    : { env: given, origin: running === undefined ? `the environment (${file} does not exist)` : 'the environment' };
}

/** Refuses settings without both stores, and says what to start. */
export function requireStores({ env, origin }: Settings): void {
  const missing = storeNames.filter((name) => env[name] === undefined);
  if (missing.length === 0) return;
  throw new SetupError(
    `There is no system to work on: ${missing.join(' and ')} not set in ${origin}.\n` +
      'Start one with `npm start`, or set DATABASE_URL and REDIS_URL to those of a running one.',
  );
}

/** The key that signs tokens. */
export function requireAuthSecret({ env, origin }: Settings): string {
  const secret = env['AUTH_SECRET'];
  if (secret === undefined) {
    throw new SetupError(
      `There is no key to sign tokens with: AUTH_SECRET is not set in ${origin}.\n` +
        'Start the system with `npm start`, or set AUTH_SECRET to the one that the API has.',
    );
  }
  return secret;
}

function readRunFile(file: string): Record<string, string> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SetupError(`${file} can't be read: ${(error as Error).message}`);
  }
  return parseRunFile(text, file);
}

/** `npm start` writes there where it runs. */
function parseRunFile(text: string, file: string): Record<string, string> {
  const read = runFile.safeParse(parseJson(text));
  if (!read.success) {
    throw new SetupError(
      `${file} is not what \`npm start\` writes. Stop the system and start it again with \`npm start\`.`,
    );
  }
  const { databaseUrl, redisUrl, authSecret } = read.data;
  return { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, AUTH_SECRET: authSecret };
}

const runFile = z.object({ databaseUrl: z.string(), redisUrl: z.string(), authSecret: z.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
