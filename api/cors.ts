import cors from 'cors';
import type { RequestHandler } from 'express';
import { retryAfter } from './errors.ts';

/** The response headers that browsers of other origins may read. */
const exposedHeaders = retryAfter[0];

/** Lets browsers of exactly these origins call the API. Without origins, sends no CORS header. */
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

/** The `Vary` header of every procedure's answer: tRPC's own value, plus `Origin` if answers depend on the origin. */
export const varyOf = (origins: readonly string[]): string =>
  origins.length === 0 ? 'trpc-accept, accept' : 'trpc-accept, accept, Origin';

/** Returns the headers, besides `Vary`, that `corsMiddleware` sets on an answer to a call from `origin`. */
export function corsHeaders(origins: readonly string[], origin: string | undefined): string[] {
  if (origins.length === 0) return [];
  const exposed = ['access-control-expose-headers', exposedHeaders];
  return origin !== undefined && origins.includes(origin)
    ? ['access-control-allow-origin', origin, ...exposed]
    : exposed;
}
