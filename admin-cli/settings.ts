import { dirname, join } from 'node:path';
import type { TokenRules } from '../core/access/token-rules.ts';
import { parseTokenRules } from '../core/settings/env.ts';
import { findSystemHere, given, readRunFile, readText, type Env, type RunFile } from './system-here.ts';
import { SetupError, UsageError } from './usage-error.ts';

export type Remote = {
  /** The API's address, with the path before `/trpc` if there is one. */
  url: string;
  token: string;
  /** Returns the current token. Set only for the token that `npm start` renews. */
  freshToken?: () => string;
  /** Where the token came from, for messages. */
  tokenFrom: string;
  /** What to do if nothing answers at `url`. */
  whenSilent: string;
};

/** The key of `token mint`, and the rules that its tokens must follow. */
export type Signing = { secret: string; rules: TokenRules };

/**
 * Finds the API in the environment (`FIRSTCOME_URL`, `FIRSTCOME_TOKEN`), or in the run.json of a running `npm start`.
 * The token in run.json is used only for the API in run.json. Throws a `SetupError` that says what to start or set.
 */
export function readRemote(env: Env, root: string): Remote {
  const { FIRSTCOME_URL: url, FIRSTCOME_TOKEN: token } = given(env);
  if (url !== undefined && token !== undefined) return elsewhere(url, token);
  const here = findSystemHere(env, root);
  const { running, file } = here;
  if (running === undefined) {
    if (url !== undefined) return elsewhere(url, token);
    throw nothingToCall(here.why);
  }
  const at = url === undefined ? (running.opsUrl ?? running.url) : readUrl(url);
  if (!isAt(running, at)) return elsewhere(at, token);
  const whose = token === undefined ? renewed(file) : ours(token);
  return { url: at, ...whose, whenSilent: startHere(file) };
}

/**
 * Returns `AUTH_SECRET`, or, if the CLI calls the system that `npm start` runs on this machine, that system's key.
 * Throws `UsageError` or `SetupError` if there is no key.
 */
export function readSigning(env: Env, root: string): Signing {
  const own = given(env);
  const here = findSystemHere(env, root);
  const url = own['FIRSTCOME_URL'] === undefined ? undefined : readUrl(own['FIRSTCOME_URL']);
  const running =
    here.running !== undefined && (url === undefined || isAt(here.running, url)) ? here.running : undefined;
  const rules = readTokenRules({ ...(running && tokenRulesOf(running)), ...own });
  const secret = own['AUTH_SECRET'] ?? (running && readText(running.authSecretFile)?.trim());
  if (secret === undefined && running === undefined && url !== undefined) {
    throw new UsageError(
      `AUTH_SECRET is not set, and the signing key of ${url} never leaves that system. Mint the token there.`,
    );
  }
  if (secret === undefined) {
    const why = here.running === undefined ? here.why : `${here.running.authSecretFile} is gone`;
    throw new SetupError(
      `There is no key to sign tokens with: AUTH_SECRET is not set; ${why}.\n` +
        "Start the system with `npm start`, or set AUTH_SECRET to the API's key.",
    );
  }
  if (Buffer.byteLength(secret) >= 32) return { secret, rules };
  throw new SetupError('AUTH_SECRET must have at least 32 bytes; the API requires it.');
}

const nothingToCall = (why: string): SetupError =>
  new SetupError(
    `There is no API to call: FIRSTCOME_URL is not set; ${why}.\n` +
      'Start the system with `npm start`, or set FIRSTCOME_URL to the address of an API, and FIRSTCOME_TOKEN to an API key or a token with a role.',
  );

const isAt = ({ url, opsUrl }: RunFile, at: string): boolean => at === url || at === opsUrl;

const elsewhere = (url: string, token: string | undefined): Remote => ({
  url: readUrl(url),
  ...ours(token),
  whenSilent:
    'Check FIRSTCOME_URL, and that the API runs there. Start it with `npm start` or `node api/main.ts`; in containers, with `docker compose up -d api`.',
});

const startHere = (file: string): string =>
  `According to ${file}, \`npm start\` runs this API and restarts it if it dies. If \`npm start\` is still running, ` +
  `see ${join(dirname(file), 'logs', 'api.log')} for the cause. Otherwise start it again with \`npm start\`.`;

const ours = (token: string | undefined) => ({ token: requireToken(token), tokenFrom: 'FIRSTCOME_TOKEN' });

/** Reads the token in run.json again for each call, because `npm start` renews it. */
function renewed(file: string) {
  const read = (): string | undefined => readRunFile(file)?.token.value;
  const first = requireToken(read());
  return { token: first, freshToken: () => read() ?? first, tokenFrom: `the token in ${file}` };
}

/** The claims that tokens must have, and the longest lifetime of a token with a role. */
function readTokenRules(env: Env): TokenRules {
  try {
    return parseTokenRules(env);
  } catch (cause) {
    throw new SetupError((cause as Error).message, { cause });
  }
}

/** The token rules of the running system, as environment variables. */
function tokenRulesOf({ tokenRules }: RunFile): Record<string, string> {
  if (tokenRules === undefined) return {};
  const { issuer, audience, roleMaxMs } = tokenRules;
  return {
    ...(issuer !== null && { AUTH_SECRET_ISSUER: issuer }),
    ...(audience !== null && { AUTH_SECRET_AUDIENCE: audience }),
    ROLE_TOKEN_MAX_SECONDS: String(roleMaxMs / 1_000),
  };
}

/** Returns `FIRSTCOME_URL` without a trailing slash. Throws `SetupError` if it is not a URL of an API. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url !== undefined && /^https?:$/.test(url.protocol);
  if (usable && url.username === '' && url.password === '' && url.search === '' && url.hash === '') {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  }
  // The message leaves out the value, which may contain a password.
  throw new SetupError(
    "FIRSTCOME_URL must be the API's address, such as https://coupons.example.com, without a user name, password, query or fragment.",
  );
}

function requireToken(text: string | undefined): string {
  const token = text?.trim();
  if (token === undefined || token === '') {
    throw new SetupError(
      'FIRSTCOME_URL is set, but FIRSTCOME_TOKEN is not. Set it to an API key, or to a token with a role, that this API accepts.\n' +
        'To make a token, run `coupon-admin token mint --sub <your name> --role operator` where the API runs.',
    );
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new SetupError(
    'FIRSTCOME_TOKEN is neither a token nor an API key: it contains spaces or non-ASCII characters.',
  );
}
