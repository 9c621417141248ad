import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { claimRequest } from '../../proof/flash-sale/claim-call.ts';

/** A file of ready-made claim requests of equal length, each with a separate user and token. */
export type RequestFile = { path: string; requestBytes: number; count: number; remove(): Promise<void> };

const tokenLifeMs = 3_600_000;
const perWrite = 1_000;

/** Writes `count` requests for an event. The user ids begin with `crowd`, so that files don't share users. */
export async function writeRequestFile(options: {
  path: string;
  count: number;
  crowd: string;
  eventId: string;
  authSecret: string;
  /** Makes one request; by default, a `claim.submit` over tRPC. */
  request?: typeof claimRequest;
}): Promise<RequestFile> {
  const { path, count, crowd, eventId, request = claimRequest } = options;
  const mint = createTokenMint(options.authSecret);
  const nowMs = Date.now();
  const requestOf = (user: number): string =>
    request(
      { host: '127.0.0.1', port: 80 },
      eventId,
      mint({ sub: `${crowd}-${String(user).padStart(9, '0')}` }, tokenLifeMs, nowMs),
    );
  const requestBytes = Buffer.byteLength(requestOf(0));
  const out = createWriteStream(path);
  for (let first = 0; first < count; first += perWrite) {
    const requests = Array.from({ length: Math.min(perWrite, count - first) }, (_, i) => requestOf(first + i));
    const bytes = Buffer.from(requests.join(''));
    // wrk finds each request by its length, without looking for line breaks.
    if (bytes.length !== requests.length * requestBytes) throw new Error('the requests are not equally long');
    if (!out.write(bytes)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return { path, requestBytes, count, remove: () => rm(path, { force: true }) };
}
