import { connect } from 'node:net';

/** An answer, as it came over the wire. */
export type RawReply = { status: number; headers: Record<string, string[]>; body: string } | 'closed without an answer';

export type RawRequest = { method: string; target: string; headers: [string, string][]; body: Buffer };

/** Sends a request byte for byte, asks the server to close the connection afterwards, and returns the answer. */
export async function sendRaw(port: number, request: RawRequest): Promise<RawReply> {
  const lines = [...request.headers, ['Connection', 'close']].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return parseReply(await exchange(port, Buffer.concat([Buffer.from(head, 'latin1'), request.body])));
}

/** Sends bytes, and returns everything that came back before the server closed or reset the connection. */
export function exchange(port: number, bytes: Buffer, limitMs = 10_000): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.setTimeout(limitMs, () => {
    socket.destroy();
    reject(
      new Error(`The answer did not end within ${limitMs} ms. Received so far: ${Buffer.concat(chunks).toString()}`),
    );
  });
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The server may reset the connection while this client is still sending. A reset also ends the answer.
  socket.on('error', () => resolve(Buffer.concat(chunks)));
  socket.on('close', () => resolve(Buffer.concat(chunks)));
  return promise;
}

export function parseReply(bytes: Buffer): RawReply {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return 'closed without an answer';
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (status < 200) return parseReply(rest);
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    (headers[line.slice(0, colon).toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
  }
  const body = headers['transfer-encoding']?.includes('chunked') === true ? unchunk(rest) : rest;
  return { status, headers, body: body.toString() };
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    if (lineEnd === -1 || !(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
