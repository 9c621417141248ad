import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Role } from './actor.ts';

/** What every API key begins with, so that people, proxies and scanners for secrets know one when they see it. */
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
  /** Null: never. */
  expiresAtMs: number | null;
  /** To about a minute. */
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
};

/** A key by its parts. `id` is public and finds the row; `secret` is what proves. */
export type KeyParts = { id: string; secret: string };

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idChars = 10;
/** 190 bits. */
const secretChars = 32;
const checkChars = 6;

const form = new RegExp(
  `^(${apiKeyPrefix}([0-9A-Za-z]{${idChars}})_([0-9A-Za-z]{${secretChars}}))([0-9A-Za-z]{${checkChars}})$`,
);

/** Makes a key: letters, digits and `_` only, so that it needs no quoting and a double click selects all of it. */
export function makeApiKey(): KeyParts & { key: string } {
  const parts = { id: randomText(idChars), secret: randomText(secretChars) };
  return { ...parts, key: writeApiKey(parts) };
}

/** The key that has these parts. */
export function writeApiKey({ id, secret }: KeyParts): string {
  const unchecked = `${apiKeyPrefix}${id}_${secret}`;
  return unchecked + checksum(unchecked);
}

const actorPrefix = 'key:';

/** What the audit trail calls the key of that name. */
export const keyActor = (name: string): string => `${actorPrefix}${name}`;

/** The name of the key that the audit trail calls so. */
export const keyNameOf = (actor: string): string => actor.slice(actorPrefix.length);

/** Whether the audit trail calls an API key so. */
export const isKeyActor = (actor: string): boolean => actor.startsWith(actorPrefix);

/** Whether a bearer's token means to be an API key: no JWT begins like one. */
export const isApiKey = (token: string): boolean => token.startsWith(apiKeyPrefix);

/** The parts of a key; null for what was never one, or lost a character on the way. */
export function readApiKey(key: string): KeyParts | null {
  const [, unchecked = '', id = '', secret = '', check] = form.exec(key) ?? [];
  return check !== undefined && check === checksum(unchecked) ? { id, secret } : null;
}

/**
 * What is stored of a secret. One round of SHA-256 is enough: slow hashes are for passwords, which can be guessed; 190
 * random bits can't, however fast each guess is. And it is computed for each call.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Takes as long whatever of it is right. */
export const isSecretOf = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashSecret(secret), hash);

const randomText = (chars: number): string =>
  Array.from({ length: chars }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

/** Tells a key that was not copied whole from a wrong one, without asking MySQL. It protects from nobody. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let at = 0; at < checkChars; at += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
