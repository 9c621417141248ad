import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** The encoded headers of nearly all HS256 tokens, as they appear at the beginning of a token. */
const headers = ['{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"HS256"}', '{"alg":"HS256"}'].map(
  (header) => `${Buffer.from(header).toString('base64url')}.`,
);

/** The longest token that this file verifies; fast-jwt verifies longer ones. */
const tokenCharsMax = 4_096;

/** An HS256 signature in base64url. */
const signatureChars = 43;

/**
 * Verifies common tokens without a native object. Returns the payload of a token that fast-jwt would also accept, or
 * null if fast-jwt must decide. This function only saves time; tests/api/token.test.ts checks that it agrees with
 * fast-jwt.
 *
 * Under load, a claim request takes 47 us of user CPU with fast-jwt, whose native HMACs are objects that must be
 * garbage-collected, and 30 us with this function. docs/decisions/0007-the-hot-lane.md describes the other approaches
 * that were measured.
 */
export function createFastVerify(secret: string): (token: string) => object | null {
  const keyed = hmac.create(sha256, new Uint8Array(Buffer.from(secret)));
  const working = keyed.clone();
  const input = Buffer.alloc(tokenCharsMax);
  const mac = Buffer.alloc(32);

  const isSigned = (token: string, signedChars: number): boolean => {
    input.write(token, 0, signedChars, 'latin1');
    keyed._cloneInto(working).update(input.subarray(0, signedChars)).digestInto(mac);
    return isSame(mac.toString('base64url'), token, signedChars + 1);
  };

  return (token) => {
    if (token.length > tokenCharsMax) return null;
    const header = headers.find((start) => token.startsWith(start));
    const dot = token.length - signatureChars - 1;
    if (header === undefined || dot < header.length || token[dot] !== '.' || !isSigned(token, dot)) return null;
    return readPayload(token.slice(header.length, dot));
  };
}

/**
 * Whether `text` from index `from` on equals `expected`. The comparison time doesn't depend on how many characters
 * match.
 */
function isSame(expected: string, text: string, from: number): boolean {
  let difference = expected.length ^ (text.length - from);
  for (let at = 0; at < expected.length; at += 1) difference |= expected.charCodeAt(at) ^ text.charCodeAt(from + at);
  return difference === 0;
}

function readPayload(segment: string): object | null {
  if (!/^[A-Za-z0-9_-]+$/.test(segment)) return null;
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return null;
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  const isCurrent = 'exp' in payload && typeof payload.exp === 'number' && Date.now() <= payload.exp * 1_000;
  return isCurrent && !('nbf' in payload) ? payload : null;
}
