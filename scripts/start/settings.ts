import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TokenRules } from '../../core/access/token-rules.ts';
import { parseDatabaseUrl } from '../../core/mysql/database-url.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { writeFileAtomically } from '../services/atomic-file.ts';
import { wantsDemo } from './demo.ts';
import type { LogFormat } from './terminal.ts';

/** The environment variables that the launcher itself uses. Its processes check the others. */
export interface Settings {
  /** An absolute path. */
  dataDir: string;
  host: string;
  /** Undefined: 3000 or the next free port. 0: any free port. */
  port: number | undefined;
  /** The address of OPS_PORT, or null. */
  ops: { host: string; port: number } | null;
  /** The worker's address. Port 0: any free port. */
  worker: { host: string; port: number };
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** Undefined: the data dir's own key. */
  authSecret: string | undefined;
  tokenRules: TokenRules;
  production: boolean;
  /** Null: the format depends on the output. */
  logFormat: LogFormat | null;
  /** Whether the pages simulate visitors. */
  wantsDemo: () => Promise<boolean>;
  /** Passed on to the API and the worker. */
  env: NodeJS.ProcessEnv;
}

/**
 * Reads the launcher's variables, and checks all others before anything is started. Throws an error that lists every
 * problem.
 */
export function readSettings(root: string, source: NodeJS.ProcessEnv): Settings {
  const given = (name: string) => (source[name] === '' ? undefined : source[name]);
  const redisUrl = given('REDIS_URL');
  const databaseUrl = given('DATABASE_URL');
  const env = parseEnv({
    ...source,
    REDIS_URL: redisUrl ?? 'redis://127.0.0.1',
    DATABASE_URL: databaseUrl ?? 'mysql://127.0.0.1/firstcome',
  });
  if (databaseUrl !== undefined) parseDatabaseUrl(databaseUrl);
  // An identity provider doesn't replace the key: the printed token, `token mint` and the admin pages need it.
  if (env.production && env.authSecret === undefined) {
    throw new Error(
      'AUTH_SECRET must be set when NODE_ENV is production: at least 32 random bytes, the same at every start. ' +
        'For example: openssl rand -base64 48' +
        (env.identity === undefined
          ? ''
          : '\nAUTH_JWKS_URL alone is enough for an API that you start yourself: node api/main.ts'),
    );
  }
  return {
    dataDir: dataDirOf(root, source),
    host: env.host,
    port: given('PORT') === undefined ? undefined : env.port,
    ops: env.ops,
    worker: env.worker,
    redisUrl,
    databaseUrl,
    authSecret: env.authSecret,
    tokenRules: env.tokenRules,
    production: env.production,
    logFormat: env.logFormat,
    wantsDemo: () => wantsDemo(env),
    env: source,
  };
}

/** Where `npm start` keeps its data. Every command resolves a relative FIRSTCOME_DATA_DIR against the checkout. */
export function dataDirOf(root: string, env: NodeJS.ProcessEnv): string {
  const given = env['FIRSTCOME_DATA_DIR'];
  return resolve(root, given === undefined || given === '' ? '.data' : given);
}

export interface AuthSecret {
  value: string;
  /** The file from which this user's other commands read the key. */
  file: string;
  /** Whether to delete the file after this run, because the key came from the environment. */
  temporary: boolean;
}

/** Returns the token signing key: the given key, or the data dir's key, which the first start makes. */
export function keepAuthSecret({ dataDir, authSecret }: Settings): AuthSecret {
  if (authSecret !== undefined) {
    const file = join(dataDir, 'auth-secret.run');
    writeFileAtomically(file, authSecret);
    return { value: authSecret, file, temporary: true };
  }
  const file = join(dataDir, 'auth-secret');
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(48).toString('base64url'));
  return { value: readFileSync(file, 'utf8').trim(), file, temporary: false };
}
