import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

/** The algorithms that tokens of an identity provider may be signed with: all of them with a key that may be public. */
export const providerAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type ProviderAlgorithm = (typeof providerAlgorithms)[number];

/** A key for one algorithm. `pem` is public. */
export type ProviderKey = { kid: string; algorithm: ProviderAlgorithm; pem: string };

/** More can be no honest set. */
const keysMax = 100;
/** Shorter ones can be broken, and are refused by NIST and by RFC 7518. */
const rsaBitsMin = 2_048;
/** An exponent like RSA's usual one; large ones make each verification dear. */
const rsaBitsMax = 8_192;

const keySet = z.object({ keys: z.array(z.unknown()).max(keysMax) });

const jwk = z.object({
  kid: z.string().min(1).max(256),
  kty: z.string(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
  crv: z.string().optional(),
});

/**
 * The keys of a JWKS document that sign tokens, once for each algorithm that a key may be used with; keys of other kinds,
 * and those that can't be read, are left out. Throws for what is no key set.
 */
export function readKeys(document: unknown): ProviderKey[] {
  const { keys } = keySet.parse(document);
  return keys.flatMap(readKey);
}

function readKey(candidate: unknown): ProviderKey[] {
  const read = jwk.safeParse(candidate);
  if (!read.success) return [];
  const { kid, use = 'sig', key_ops: operations = ['verify'] } = read.data;
  if (use !== 'sig' || !operations.includes('verify')) return [];
  const algorithms = algorithmsOf(read.data);
  const pem = algorithms.length === 0 ? null : pemOf(candidate as JsonWebKey);
  return pem === null ? [] : algorithms.map((algorithm) => ({ kid, algorithm, pem }));
}

/** What the kind of a key allows, and the key's own `alg` if it has one. A symmetric key (`oct`) allows nothing. */
function algorithmsOf({ kty, crv, alg }: z.output<typeof jwk>): ProviderAlgorithm[] {
  const possible = ((): ProviderAlgorithm[] => {
    if (kty === 'RSA') return ['RS256', 'PS256'];
    if (kty === 'EC' && crv === 'P-256') return ['ES256'];
    return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA'] : [];
  })();
  // RFC 9864 gave EdDSA with this curve a name of its own.
  const meant = alg === 'Ed25519' ? 'EdDSA' : alg;
  return meant === undefined ? possible : possible.filter((algorithm) => algorithm === meant);
}

/** The public half, whatever else the document holds; null when it is no key, or too weak or too large to use. */
function pemOf({ kty, crv, n, e, x, y }: JsonWebKey): string | null {
  try {
    const part = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
    const key = createPublicKey({ key: part as JsonWebKey, format: 'jwk' });
    const { modulusLength: bits = rsaBitsMin } = key.asymmetricKeyDetails ?? {};
    if (bits < rsaBitsMin || bits > rsaBitsMax) return null;
    return key.export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return null;
  }
}
