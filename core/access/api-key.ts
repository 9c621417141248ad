import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Role } from './actor.ts';

/** The prefix of every API key, by which people, proxies and secret scanners recognise one. */
export const apiKeyPrefix = 'fcfs_';

/** An API key as admins see it: never the key itself. */
export type ApiKeyView = {
  id: string;
  /** Its actor in the audit trail is `key:<name>`. */
  name: string;
  role: Role;
  state: 'live' | 'expired' | 'revoked';
  createdBy: string;
  createdAtMs: number;
  /** Null if it never expires. */
  expiresAtMs: number | null;
  /** Accurate to about a minute. */
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
};

/** The parts of a key. `id` is public and finds the row; `secret` is the proof. */
export type KeyParts = { id: string; secret: string };

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idChars = 10;
/** The secret has 190 bits. */
const secretChars = 32;
const checkChars = 6;

const form = new RegExp(
  `^(${apiKeyPrefix}([0-9A-Za-z]{${idChars}})_([0-9A-Za-z]{${secretChars}}))([0-9A-Za-z]{${checkChars}})$`,
);

/** Makes a key of letters, digits and `_` only, so that it needs no quoting and a double click selects all of it. */
export function makeApiKey(): KeyParts & { key: string } {
  const parts = { id: randomText(idChars), secret: randomText(secretChars) };
  return { ...parts, key: writeApiKey(parts) };
}

/** The key with these parts. */
export function writeApiKey({ id, secret }: KeyParts): string {
  const unchecked = `${apiKeyPrefix}${id}_${secret}`;
  return unchecked + checksum(unchecked);
}

const actorPrefix = 'key:';

/** The name of a key as an actor in the audit trail. */
export const keyActor = (name: string): string => `${actorPrefix}${name}`;

/** The name of the key that an actor of the audit trail is. */
export const keyNameOf = (actor: string): string => actor.slice(actorPrefix.length);

/** Whether an actor of the audit trail is an API key. */
export const isKeyActor = (actor: string): boolean => actor.startsWith(actorPrefix);

/** Whether a bearer token looks like an API key. No JWT begins like one. */
export const isApiKey = (token: string): boolean => token.startsWith(apiKeyPrefix);

/** The parts of a key; null if it never was one, or lost a character on the way. */
export function readApiKey(key: string): KeyParts | null {
  const [, unchecked = '', id = '', secret = '', check] = form.exec(key) ?? [];
  return check !== undefined && check === checksum(unchecked) ? { id, secret } : null;
}

/**
 * What is stored of a secret. One round of SHA-256 is enough: slow hashes protect passwords, which can be guessed, but
 * nobody guesses 190 random bits. Besides, the hash is computed for each call.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares in constant time. */
export const isSecretOf = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashSecret(secret), hash);

const randomText = (chars: number): string =>
  Array.from({ length: chars }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

/** A checksum that tells an incompletely copied key from a wrong one without asking MySQL. It is no protection. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let at = 0; at < checkChars; at += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
