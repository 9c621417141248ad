import cors from 'cors';
import type { RequestHandler } from 'express';
import { retryAfter } from './errors.ts';

/** What browsers of other origins may read besides the body. */
const exposedHeaders = retryAfter[0];

/** Lets browsers of exactly these origins call; with none, no CORS header is sent at all. */
export function corsMiddleware(
  origins: readonly string[],
  { methods = 'GET,POST', allowedHeaders = 'authorization,content-type,trpc-accept' } = {},
): RequestHandler {
  if (origins.length === 0) return (_req, _res, next) => next();
  return cors({
    origin: [...origins],
    methods,
    allowedHeaders,
    exposedHeaders,
    maxAge: 600,
  });
}

/** `Vary` of every answer of a procedure: tRPC's own, and the origin where it matters. */
export const varyOf = (origins: readonly string[]): string =>
  origins.length === 0 ? 'trpc-accept, accept' : 'trpc-accept, accept, Origin';

/** The headers, besides `Vary`, that `corsMiddleware` puts on an answer to a call from `origin`. */
export function corsHeaders(origins: readonly string[], origin: string | undefined): string[] {
  if (origins.length === 0) return [];
  const exposed = ['access-control-expose-headers', exposedHeaders];
  return origin !== undefined && origins.includes(origin)
    ? ['access-control-allow-origin', origin, ...exposed]
    : exposed;
}
