import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { TokenRules } from '../core/access/token-rules.ts';
import { parseTokenRules } from '../core/settings/env.ts';
import { SetupError, UsageError } from './usage-error.ts';

/** Where the API is, with the path in front of `/trpc` if it has one, and by whose token it is called. */
export type Remote = {
  url: string;
  token: string;
  /** The token as it is now, where somebody renews it. */
  freshToken?: () => string;
};

/** The environment of the system that the CLI works on, and where it came from. */
export type Settings = {
  env: Record<string, string | undefined>;
  /** The API to go through instead of the stores, if there is one. */
  remote: Remote | undefined;
  /** Where the key that signs tokens is kept, if the environment doesn't hold it. */
  authSecretFile: string | undefined;
  /** Where the addresses came from. */
  origin: string;
  /** Why nothing was taken from run.json, if so. */
  remark: string;
};

const storeNames = ['DATABASE_URL', 'REDIS_URL'] as const;

/**
 * With `FIRSTCOME_URL` it is the API there, and nothing that runs here counts. Otherwise the environment first, then what a running `npm start` wrote to `<data dir>/run.json`. As soon as a store of the
 * environment is another one than run.json's, run.json counts for nothing: half of one system with half of another
 * would change the wrong events.
 */
export function readSettings(env: Record<string, string | undefined>, root: string): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const file = join(resolve(root, given['FIRSTCOME_DATA_DIR'] ?? '.data'), 'run.json');
  if (given['FIRSTCOME_URL'] !== undefined) {
    const remote = readRemote(readUrl(given['FIRSTCOME_URL']), given['FIRSTCOME_TOKEN'], file);
    return { env: given, remote, authSecretFile: undefined, origin: 'FIRSTCOME_URL', remark: '' };
  }
  const running = readRunFile(file);
  const alone = { env: given, remote: undefined, authSecretFile: undefined, origin: 'the environment' };
  if (running === undefined) return { ...alone, remark: `${file} doesn't exist, so nothing was started here` };
  const stores = { DATABASE_URL: running.databaseUrl, REDIS_URL: running.redisUrl };
  const another = storeNames.some((name) => given[name] !== undefined && given[name] !== stores[name]);
  if (another) return { ...alone, remark: `${file} was left out, because it names other stores` };
  return {
    env: { ...stores, ...approvalsOf(running), ...tokenRulesOf(running), ...given },
    remote: undefined,
    authSecretFile: running.authSecretFile,
    origin: file,
    remark: '',
  };
}

/** Refuses settings with neither an API nor both stores, and says what to start. */
export function requireSystem({ env, remote, remark }: Settings): void {
  if (remote !== undefined) return;
  const missing = storeNames.filter((name) => env[name] === undefined);
  if (missing.length === 0) return;
  throw new SetupError(
    `There is no system to work on: ${missing.join(' and ')} not set; ${remark}.\n` +
      'Start one with `npm start`, or set DATABASE_URL and REDIS_URL to those of a running one, or FIRSTCOME_URL and FIRSTCOME_TOKEN to go through its API.',
  );
}

/** What tokens must say here, and how long one with a role may live. Throws `SetupError` for settings that can't be used. */
export function readTokenRules({ env }: Settings): TokenRules {
  try {
    return parseTokenRules(env);
  } catch (cause) {
    throw new SetupError((cause as Error).message, { cause });
  }
}

/** The key that signs tokens. */
export function requireAuthSecret({ env, remote, authSecretFile, remark }: Settings): string {
  if (remote !== undefined) {
    throw new UsageError(
      'Tokens are signed with a key that never leaves the system: mint them where it runs, without FIRSTCOME_URL.',
    );
  }
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

const runFile = z.object({
  url: z.string().optional(),
  opsUrl: z.string().optional(),
  token: z.object({ value: z.string() }).optional(),
  tokenRules: z
    .object({ issuer: z.string().nullable(), audience: z.string().nullable(), roleMaxMs: z.number() })
    .optional(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  authSecretFile: z.string(),
  approvals: z.object({ amount: z.number().nullable(), stock: z.number().nullable() }).optional(),
});

/** What needs an approval there needs one here, too. */
function approvalsOf({ approvals }: z.output<typeof runFile>): Record<string, string> {
  const { amount = null, stock = null } = approvals ?? {};
  return {
    ...(amount !== null && { APPROVAL_AMOUNT: String(amount) }),
    ...(stock !== null && { APPROVAL_STOCK: String(stock) }),
  };
}

/** What tokens must say there, those that are made here say too. */
function tokenRulesOf({ tokenRules }: z.output<typeof runFile>): Record<string, string> {
  if (tokenRules === undefined) return {};
  const { issuer, audience, roleMaxMs } = tokenRules;
  return {
    ...(issuer !== null && { AUTH_SECRET_ISSUER: issuer }),
    ...(audience !== null && { AUTH_SECRET_AUDIENCE: audience }),
    ROLE_TOKEN_MAX_SECONDS: String(roleMaxMs / 1_000),
  };
}

/** The API at `url`. Without a token of its own, for the API that `npm start` runs here, with the one that it renews. */
function readRemote(url: string, token: string | undefined, file: string): Remote {
  if (token !== undefined) return { url, token: requireToken(token) };
  const ours = (): string | undefined => {
    const running = readRunFile(file);
    return running?.url === url || running?.opsUrl === url ? running.token?.value : undefined;
  };
  const first = ours();
  return first === undefined
    ? { url, token: requireToken(undefined) }
    : { url, token: first, freshToken: () => ours() ?? first };
}

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

/** `FIRSTCOME_URL` without the slash at its end. Throws `SetupError` for what no API can be at. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url !== undefined && /^https?:$/.test(url.protocol);
  if (usable && url.username === '' && url.password === '' && url.search === '' && url.hash === '') {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  }
  // What it is instead may hold a password, and is not repeated.
  throw new SetupError(
    'FIRSTCOME_URL must be where the API is, such as https://coupons.example.com, and nothing more.',
  );
}

function requireToken(text: string | undefined): string {
  const token = text?.trim();
  if (token === undefined || token === '') {
    throw new SetupError(
      'FIRSTCOME_URL is set, and FIRSTCOME_TOKEN is not: set it to a token with a role, or to an API key, that the API there takes.\n' +
        'To work on the stores of a system that runs here, unset FIRSTCOME_URL.',
    );
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new SetupError('FIRSTCOME_TOKEN is neither a token nor an API key: there is more in it than one word.');
}
