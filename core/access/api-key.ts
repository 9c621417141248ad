import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Role } from './actor.ts';

/** The prefix of every API key. People, proxies and secret scanners recognise a key by it. */
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

/** `id` is public and finds the row; `secret` proves that the caller has the key. */
export type KeyParts = { id: string; secret: string };

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idChars = 10;
/** 190 bits. */
const secretChars = 32;
const checkChars = 6;

const form = new RegExp(
  `^(${apiKeyPrefix}([0-9A-Za-z]{${idChars}})_([0-9A-Za-z]{${secretChars}}))([0-9A-Za-z]{${checkChars}})$`,
);

/**
 * Makes a key of letters, digits and `_` only, so that it needs no quoting and a double click selects the whole key.
 */
export function makeApiKey(): KeyParts & { key: string } {
  const parts = { id: randomText(idChars), secret: randomText(secretChars) };
  return { ...parts, key: writeApiKey(parts) };
}

export function writeApiKey({ id, secret }: KeyParts): string {
  const unchecked = `${apiKeyPrefix}${id}_${secret}`;
  return unchecked + checksum(unchecked);
}

const actorPrefix = 'key:';

export const keyActor = (name: string): string => `${actorPrefix}${name}`;

/** The name of the API key behind an actor of the audit trail. */
export const keyNameOf = (actor: string): string => actor.slice(actorPrefix.length);

/** Whether an actor of the audit trail is an API key. */
export const isKeyActor = (actor: string): boolean => actor.startsWith(actorPrefix);

/** Whether a bearer token looks like an API key. No JWT begins with that prefix. */
export const isApiKey = (token: string): boolean => token.startsWith(apiKeyPrefix);

/** Splits a key into its parts. Returns null if the text is not a key, or if a part of it is missing or mistyped. */
export function readApiKey(key: string): KeyParts | null {
  const [, unchecked = '', id = '', secret = '', check] = form.exec(key) ?? [];
  return check !== undefined && check === checksum(unchecked) ? { id, secret } : null;
}

/**
 * Hashes a secret for storage. One round of SHA-256 is enough, because nobody can guess 190 random bits; slow hashes
 * are for passwords. A slow hash would also slow down every call, because each call computes it.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares in constant time, so that the duration reveals nothing about the hash. */
export const isSecretOf = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashSecret(secret), hash);

const randomText = (chars: number): string =>
  Array.from({ length: chars }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

/** A checksum that detects a mistyped or incomplete key without asking MySQL. It adds no security. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let at = 0; at < checkChars; at += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
