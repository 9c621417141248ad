import { LRUCache } from 'lru-cache';

/** A token's own description of its signature. Nothing in it is verified. */
export type TokenHeader = { alg: string; kid: string | undefined };

const headerCharsMax = 1_024;
const kidCharsMax = 256;

/** All tokens signed with a key begin with the same text, so each header is parsed once. */
const remembered = new LRUCache<string, { header: TokenHeader | null }>({ max: 1_000 });

/** Returns a JWT's header; null if the text can't be a JWT, or if its header is too long for any acceptable token. */
export function readTokenHeader(token: string): TokenHeader | null {
  const dot = token.indexOf('.');
  if (dot < 1 || dot > headerCharsMax) return null;
  const segment = token.slice(0, dot);
  const known = remembered.get(segment);
  if (known !== undefined) return known.header;
  const header = parseHeader(segment);
  remembered.set(segment, { header });
  return header;
}

function parseHeader(segment: string): TokenHeader | null {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return null;
  }
  if (typeof header !== 'object' || header === null || !('alg' in header) || typeof header.alg !== 'string')
    return null;
  const kid = 'kid' in header ? header.kid : undefined;
  const usable = typeof kid === 'string' && kid !== '' && kid.length <= kidCharsMax;
  return { alg: header.alg, kid: usable ? kid : undefined };
}
