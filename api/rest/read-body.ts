import type { IncomingMessage } from 'node:http';
import { TRPCError } from '@trpc/server';
import { say } from '../../core/messages/message.ts';
import { RefusedCall } from '../errors.ts';
import { bodyBytesMax } from '../http-limits.ts';
import { parseJson } from '../plain-request.ts';

/**
 * Resolves to the JSON of a request's body; undefined without a body. Throws `PAYLOAD_TOO_LARGE`,
 * `UNSUPPORTED_MEDIA_TYPE` or `BAD_REQUEST`. Never settles if the client leaves before it has sent the whole body.
 */
export async function readJsonBody(req: IncomingMessage): Promise<unknown> {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length > bodyBytesMax) throw tooLarge();
  const body = await bytesOf(req);
  if (body.length === 0) return undefined;
  if (!isJson(req.headers['content-type'])) {
    throw new RefusedCall('UNSUPPORTED_MEDIA_TYPE', say('not_json_type'));
  }
  return parseJson(body);
}

function bytesOf(req: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return reject(tooLarge());
    chunks.push(chunk);
  });
  req.on('end', () => resolve(Buffer.concat(chunks)));
  return promise;
}

const tooLarge = () => new TRPCError({ code: 'PAYLOAD_TOO_LARGE' });

const isJson = (contentType: string | undefined): boolean =>
  /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType?.trim() ?? '');
