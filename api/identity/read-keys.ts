import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

/** The algorithms accepted for an identity provider's tokens: every algorithm with a public key. */
export const providerAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type ProviderAlgorithm = (typeof providerAlgorithms)[number];

/** A public key (`pem`) for one algorithm. */
export type ProviderKey = { kid: string; algorithm: ProviderAlgorithm; pem: string };

/** The most keys that are read; no real key set has this many. */
const keysMax = 100;
/** The shortest RSA key that is accepted. Shorter keys can be broken, and NIST and RFC 7518 forbid them. */
const rsaBitsMin = 2_048;
/** The longest RSA key that is accepted, because verification with a longer key is expensive. */
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
 * Returns the signing keys of a JWKS document, once for each algorithm that a key may be used with. Leaves out keys of
 * other kinds and unreadable keys. Throws if the document is not a key set.
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

/**
 * Returns the algorithms that the key's type allows, limited to the key's own `alg` if it has one. A symmetric key
 * (`oct`) allows none.
 */
function algorithmsOf({ kty, crv, alg }: z.output<typeof jwk>): ProviderAlgorithm[] {
  const possible = ((): ProviderAlgorithm[] => {
    if (kty === 'RSA') return ['RS256', 'PS256'];
    if (kty === 'EC' && crv === 'P-256') return ['ES256'];
    return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA'] : [];
  })();
  // RFC 9864 renamed EdDSA with this curve to Ed25519.
  const meant = alg === 'Ed25519' ? 'EdDSA' : alg;
  return meant === undefined ? possible : possible.filter((algorithm) => algorithm === meant);
}

/**
 * Returns the public half of the key, even if the document also contains the private half. Returns null if this is not
 * a key, or if the key is too weak or too large to use.
 */
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
