import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../services/atomic-file.ts';

/** What the launcher itself needs of the environment; the rest is checked by those it is passed to. */
export interface Settings {
  /** Absolute. */
  dataDir: string;
  host: string;
  /** Undefined: 3000, or the next free one. 0: any free one. */
  port: number | undefined;
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** Undefined: the data dir's own. */
  authSecret: string | undefined;
  /** Passed on to the API and the worker. */
  env: NodeJS.ProcessEnv;
}

/** Reads the launcher's part of the environment. Throws one error that lists everything that is wrong. */
export function readSettings(root: string, env: NodeJS.ProcessEnv): Settings {
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const problems: string[] = [];
  const port = given('PORT');
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    problems.push(`PORT: "${port}" is not a port number (0 to 65535)`);
  }
  const authSecret = given('AUTH_SECRET');
  if (authSecret !== undefined && Buffer.byteLength(authSecret) < 32) {
    problems.push('AUTH_SECRET: must have at least 32 bytes (for example: openssl rand -base64 48)');
  }
  if (authSecret === undefined && env['NODE_ENV'] === 'production') {
    problems.push('AUTH_SECRET: must be set when NODE_ENV is production (for example: openssl rand -base64 48)');
  }
  if (problems.length > 0)
    throw new Error(`The environment can't be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  return {
    dataDir: dataDirOf(root, env),
    host: given('HOST') ?? '127.0.0.1',
    port: port === undefined ? undefined : Number(port),
    redisUrl: given('REDIS_URL'),
    databaseUrl: given('DATABASE_URL'),
    authSecret,
    env,
  };
}

/** Where `npm start` keeps its data. A relative FIRSTCOME_DATA_DIR counts from the checkout, for every command. */
export function dataDirOf(root: string, env: NodeJS.ProcessEnv): string {
  const given = env['FIRSTCOME_DATA_DIR'];
  return resolve(root, given === undefined || given === '' ? '.data' : given);
}

export interface AuthSecret {
  value: string;
  /** Where other commands of this user read it. */
  file: string;
  /** Whether the file is to go with this run, because the secret was not ours. */
  temporary: boolean;
}

/** The key that signs tokens: the given one, or the data dir's own, made at its first start. */
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
