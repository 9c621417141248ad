import type { IncomingMessage } from 'node:http';
import { TRPCError } from '@trpc/server';
import { bodyBytesMax } from './http-limits.ts';

/** The headers that matter in a plain request. */
export type PlainRequest = {
  contentType: string | undefined;
  contentLength: string | undefined;
  authorization: string | undefined;
  origin: string | undefined;
};

/**
 * Reads the headers that determine how a call is answered. Returns null unless they belong to a plain request, with
 * each header at most once. Uses the raw headers, because Node's `headers` first makes an object of all of them.
 */
export function createPlainReader(): (rawHeaders: string[]) => PlainRequest | null {
  const isPlainHost = createHostCheck();
  return (rawHeaders) => {
    let host: string | undefined;
    let contentType: string | undefined;
    let contentLength: string | undefined;
    let authorization: string | undefined;
    let origin: string | undefined;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const value = rawHeaders[at + 1];
      switch (rawHeaders[at]?.toLowerCase()) {
        case 'host':
          if (host !== undefined) return null;
          host = value;
          break;
        case 'content-type':
          if (contentType !== undefined) return null;
          contentType = value;
          break;
        case 'content-length':
          if (contentLength !== undefined) return null;
          contentLength = value;
          break;
        case 'authorization':
          if (authorization !== undefined) return null;
          authorization = value;
          break;
        case 'origin':
          if (origin !== undefined) return null;
          origin = value;
          break;
        case 'accept':
          // This header may ask for a streamed answer.
          if (value?.includes('jsonl') === true) return null;
          break;
        case 'trpc-accept':
        case 'transfer-encoding':
          return null;
        default:
      }
    }
    return isPlainHost(host) ? { contentType, contentLength, authorization, origin } : null;
  };
}

/** Returns the length of a JSON body that a fast lane may read; 0 if the body is of another kind. */
export function jsonBodyBytes({ contentType, contentLength }: PlainRequest): number {
  if (contentType !== 'application/json' || contentLength === undefined || !/^\d{1,5}$/.test(contentLength)) return 0;
  const bytes = Number(contentLength);
  return bytes <= bodyBytesMax ? bytes : 0;
}

/**
 * Whether a `Host` header can be part of a URL. tRPC's Express adapter refuses any other `Host` with the right error.
 */
export function createHostCheck(): (host: string | undefined) => boolean {
  // The last `Host` that passed. Nearly all requests have the same one.
  let lastPlain: string | undefined;
  return (host) => {
    if (host === undefined) return false;
    if (host === lastPlain) return true;
    if (!/^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(host) || !URL.canParse(`http://${host}`)) return false;
    lastPlain = host;
    return true;
  };
}

/** Calls `done` with the complete body. Never calls `done` if the client disconnects first. */
export function readBody(req: IncomingMessage, bytes: number, done: (body: Buffer) => void): void {
  let body: Buffer | undefined;
  req.on('data', (chunk: Buffer) => {
    body = body === undefined ? chunk : Buffer.concat([body, chunk]);
    if (body.length === bytes) done(body);
  });
}

/** Returns the body's JSON; undefined for an empty text. Skips up to two byte order marks, as Fetch does. */
export function parseJson(body: Buffer): unknown {
  const text = body.toString();
  const json = text.charCodeAt(0) === 0xfeff ? text.replace(/^\ufeff{1,2}/, '') : text;
  if (json === '') return undefined;
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', cause });
  }
}
