import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SetupError } from './usage-error.ts';

/** The environment of the system that the CLI works on, and where it came from. */
export type Settings = {
  env: Record<string, string | undefined>;
  /** Where the key that signs tokens is kept, if the environment doesn't hold it. */
  authSecretFile: string | undefined;
  /** Where the stores' addresses came from. */
  origin: string;
  /** Why nothing was taken from run.json, if so. */
  remark: string;
};

const storeNames = ['DATABASE_URL', 'REDIS_URL'] as const;

/**
 * The environment first, then what a running `npm start` wrote to `<data dir>/run.json`. As soon as a store of the
 * environment is another one than run.json's, run.json counts for nothing: half of one system with half of another
 * would change the wrong events.
 */
export function readSettings(env: Record<string, string | undefined>, root: string): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const file = join(resolve(root, given['FIRSTCOME_DATA_DIR'] ?? '.data'), 'run.json');
  const running = readRunFile(file);
  const alone = { env: given, authSecretFile: undefined, origin: 'the environment' };
  if (running === undefined) return { ...alone, remark: `${file} doesn't exist, so nothing was started here` };
  const stores = { DATABASE_URL: running.databaseUrl, REDIS_URL: running.redisUrl };
  const another = storeNames.some((name) => given[name] !== undefined && given[name] !== stores[name]);
  if (another) return { ...alone, remark: `${file} was left out, because it names other stores` };
  return { env: { ...stores, ...given }, authSecretFile: running.authSecretFile, origin: file, remark: '' };
}

/** Refuses settings without both stores, and says what to start. */
export function requireStores({ env, remark }: Settings): void {
  const missing = storeNames.filter((name) => env[name] === undefined);
  if (missing.length === 0) return;
  throw new SetupError(
    `There is no system to work on: ${missing.join(' and ')} not set; ${remark}.\n` +
      'Start one with `npm start`, or set DATABASE_URL and REDIS_URL to those of a running one.',
  );
}

/** The key that signs tokens. */
export function requireAuthSecret({ env, authSecretFile, remark }: Settings): string {
  const secret = env['AUTH_SECRET'] ?? (authSecretFile === undefined ? undefined : readText(authSecretFile)?.trim());
  if (secret === undefined) {
    throw new SetupError(
      `There is no key to sign tokens with: AUTH_SECRET is not set; ${remark || `${authSecretFile} is gone`}.\n` +
        'Start the system with `npm start`, or set AUTH_SECRET to the one that the API has.',
    );
  }
  if (Buffer.byteLength(secret) >= 32) return secret;
  throw new SetupError('AUTH_SECRET must have at least 32 bytes, as the API demands.');
}

const runFile = z.object({ databaseUrl: z.string(), redisUrl: z.string(), authSecretFile: z.string() });

/** What `npm start` wrote; undefined when it doesn't run. */
function readRunFile(file: string): z.output<typeof runFile> | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  const read = runFile.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new SetupError(
    `${file} is not what \`npm start\` writes. Stop the system, and start it again with \`npm start\`.`,
  );
}

function readText(file: string): string | undefined {
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
