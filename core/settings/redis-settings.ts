import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { parseRedisUrl, type RedisAccess, type RedisAddress } from '../redis/redis-address.ts';

type Given = Record<string, string | undefined>;
type RedisSettings = { redis: RedisAddress; queueRedis: RedisAddress };

const fileNames = { ca: 'REDIS_CA_FILE', cert: 'REDIS_CERT_FILE', key: 'REDIS_KEY_FILE' } as const;

/**
 * Reads all settings of Redis. `settings` is null if REDIS_URL or QUEUE_REDIS_URL can't be read; their own check
 * reports that. `problems` lists what is wrong with the other settings.
 */
export function readRedisSettings(given: Given): { settings: RedisSettings | null; problems: string[] } {
  const problems: string[] = [];
  const access = readAccess(given, problems);
  const redis = tryParse(given['REDIS_URL'], access);
  const queueUrl = given['QUEUE_REDIS_URL'];
  const queueRedis = queueUrl === undefined ? redis : tryParse(queueUrl, access);
  const all = [redis, queueRedis].filter((address) => address !== null);
  if (all.length > 0) problems.push(...unusedSettings(given, all));
  return { settings: redis === null || queueRedis === null ? null : { redis, queueRedis }, problems };
}

/** Reads a Redis URL for tools. Certificates and the Sentinels' password come from the environment. */
export function readRedisAddress(url: string, env: Given): RedisAddress {
  const problems: string[] = [];
  const access = readAccess(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')), problems);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return parseRedisUrl(url, access);
}

/** Null if the URL is missing or wrong, which a separate check of the URL reports. */
function tryParse(url: string | undefined, access: RedisAccess): RedisAddress | null {
  try {
    return url === undefined ? null : parseRedisUrl(url, access);
  } catch {
    return null;
  }
}

function readAccess(given: Given, problems: string[]): RedisAccess {
  const username = given['REDIS_SENTINEL_USERNAME'];
  const password = given['REDIS_SENTINEL_PASSWORD'];
  if (username !== undefined && password === undefined) {
    problems.push('REDIS_SENTINEL_USERNAME: needs REDIS_SENTINEL_PASSWORD, which is not set');
  }
  return {
    tls: readTls(given, problems),
    sentinelLogin: { ...(username !== undefined && { username }), ...(password !== undefined && { password }) },
  };
}

function readTls(given: Given, problems: string[]): ConnectionOptions {
  const tls: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const [part, name] of Object.entries(fileNames) as [keyof typeof fileNames, string][]) {
    const path = given[name];
    if (path === undefined) continue;
    try {
      tls[part] = readFileSync(path);
    } catch (err) {
      problems.push(`${name}: ${path} can't be read (${err instanceof Error ? err.message : String(err)})`);
    }
  }
  for (const part of ['ca', 'cert'] as const) {
    const pem = tls[part];
    if (pem === undefined || isCertificate(pem)) continue;
    problems.push(`${fileNames[part]}: ${given[fileNames[part]] ?? ''} has no certificate in PEM form`);
    delete tls[part];
  }
  for (const [one, other] of [
    ['REDIS_CERT_FILE', 'REDIS_KEY_FILE'],
    ['REDIS_KEY_FILE', 'REDIS_CERT_FILE'],
  ] as const) {
    if (given[one] !== undefined && given[other] === undefined)
      problems.push(`${one}: needs ${other}, which is not set`);
  }
  if (tls.cert !== undefined && tls.key !== undefined) {
    try {
      createSecureContext({ cert: tls.cert, key: tls.key });
    } catch (err) {
      const why = err instanceof Error ? err.message : String(err);
      problems.push(`REDIS_KEY_FILE: does not fit the certificate in REDIS_CERT_FILE (${why})`);
    }
  }
  return tls;
}

function isCertificate(pem: Buffer): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** Lists settings that have no effect with these URLs, because anybody who sets one expects an effect. */
function unusedSettings(given: Given, addresses: readonly RedisAddress[]): string[] {
  const problems: string[] = [];
  if (addresses.every(({ tls }) => tls === null)) {
    for (const name of Object.values(fileNames)) {
      if (given[name] !== undefined) {
        problems.push(`${name}: needs a REDIS_URL that begins with rediss, because this one does not use TLS`);
      }
    }
  }
  if (addresses.every(({ topology }) => topology !== 'sentinel')) {
    for (const name of ['REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD']) {
      if (given[name] !== undefined) problems.push(`${name}: needs a REDIS_URL that begins with redis+sentinel://`);
    }
  }
  return problems;
}
