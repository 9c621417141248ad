/** The parts of an HTTP/1.1 reply that a tRPC client needs. */
export type HttpReply = { status: number; retryAfterMs: number | null; body: string; keepAlive: boolean };

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Parses a reply from the bytes received so far. Returns null if the reply is incomplete. Throws if the bytes are not
 * HTTP.
 */
export function parseHttpReply(bytes: Buffer): HttpReply | null {
  const headLength = bytes.indexOf(headEnd);
  if (headLength < 0) return null;
  const head = bytes.toString('latin1', 0, headLength);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not an HTTP reply: ${head.slice(0, 40)}`);
  const rest = bytes.subarray(headLength + headEnd.length);
  const body = /^transfer-encoding: *chunked/im.test(head)
    ? parseChunks(rest)
    : parseSized(rest, Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0));
  if (body === null) return null;
  const retryAfterSeconds = /^retry-after: *(\d+)/im.exec(head)?.[1];
  return {
    status,
    body,
    retryAfterMs: retryAfterSeconds === undefined ? null : Number(retryAfterSeconds) * 1_000,
    keepAlive: !/^connection: *close/im.test(head),
  };
}

function parseSized(bytes: Buffer, length: number): string | null {
  return bytes.length < length ? null : bytes.toString('utf8', 0, length);
}

function parseChunks(bytes: Buffer): string | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(length)) throw new Error('a chunk without a length');
    const from = lineEnd + 2;
    if (bytes.length < from + length + 2) return null;
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(bytes.subarray(from, from + length));
    at = from + length + 2;
  }
}
