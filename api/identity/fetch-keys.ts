import { readKeys, type ProviderKey } from './read-keys.ts';

/**
 * How long a fetch of the keys may take. This is longer than any request waits for the keys, because keys that arrive
 * late serve later requests.
 */
const limitMs = 5_000;
/** The most bytes of a key set. A hundred keys with certificates take 300 KB. */
const bytesMax = 512 * 1_024;

/** Why the keys could not be fetched, for operators. The text never includes the response. */
export class KeysProblem extends Error {
  override readonly name = 'KeysProblem';
}

/** Resolves to the keys at `url`, at least one. Rejects with a `KeysProblem`. */
export async function fetchKeys(url: string, closing: AbortSignal): Promise<ProviderKey[]> {
  const document = parse(await fetchText(url, closing));
  const keys = readOrExplain(document);
  if (keys.length > 0) return keys;
  throw new KeysProblem('it holds no signing key with a kid for RS256, PS256, ES256 or EdDSA');
}

async function fetchText(url: string, closing: AbortSignal): Promise<string> {
  try {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(limitMs)]);
    // Redirects are not followed: keys can be trusted only if they come from the configured server.
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new KeysProblem(`it answers ${response.status}`);
    }
    return await readText(response);
  } catch (err) {
    throw err instanceof KeysProblem ? err : new KeysProblem(reasonOf(err));
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new KeysProblem(`its answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeysProblem('its answer is not JSON');
  }
}

function readOrExplain(document: unknown): ProviderKey[] {
  try {
    return readKeys(document);
  } catch {
    throw new KeysProblem('its answer is not a set of at most 100 keys (a JWKS)');
  }
}

function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return 'it can’t be reached';
  if (err.name === 'TimeoutError') return `it does not answer within ${limitMs / 1_000} s`;
  const { cause } = err;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
  return `it can’t be reached${code}`;
}
