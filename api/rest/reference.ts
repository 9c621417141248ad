import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { refuseMethod } from './refuse-method.ts';
import type { Route } from './route.ts';

const gzip = promisify(gzipWithCallback);

/**
 * A serialized file. It is made at its first request, because reading all files at the start would delay each process.
 */
type Served = { contentType: string; caching: string; identity: Buffer; gzip: Buffer };

/**
 * Browsers fetch the page and the document each time. The reference's script changes only with a new version of
 * Firstcome.
 */
const fresh = 'no-cache';
const hour = 'public, max-age=3600';

/**
 * Serves `/openapi.json`, and the reference at `/docs`, where people can read the document and try calls. The reference
 * is Scalar, served from this origin alone. Scalar uses inline styles, so the page has its own policy; scripts still
 * come only from files.
 */
export function createReference(routes: readonly Route[]): RequestHandler {
  const files: Record<string, () => Promise<Served>> = {
    '/openapi.json': once(async () => {
      const { openApiDocument } = await import('./openapi/document.ts');
      return served('application/json', fresh, Buffer.from(JSON.stringify(openApiDocument(routes))));
    }),
    '/docs': once(() => served('text/html; charset=utf-8', fresh, Buffer.from(page))),
    '/docs/start.js': once(() => served('text/javascript; charset=utf-8', fresh, Buffer.from(startScript))),
    '/docs/scalar.js': once(async () => served('text/javascript; charset=utf-8', hour, await readFile(scalarPath()))),
  };
  return (req, res, next) => {
    const make = Object.hasOwn(files, req.path) ? files[req.path] : undefined;
    if (make === undefined) return next();
    if (req.method !== 'GET' && req.method !== 'HEAD') return refuseMethod(res, ['GET', 'HEAD']);
    make().then((file) => send(req, res, file), next);
  };
}

/** All requests share one answer. If making it fails, the next request tries again. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () =>
    (made ??= make().catch((err: unknown) => {
      made = undefined;
      throw err;
    }));
}

const served = async (contentType: string, caching: string, identity: Buffer): Promise<Served> => ({
  ...{ contentType, caching, identity },
  gzip: await gzip(identity),
});

/** The whole reference in one file; nothing else of the package is loaded. */
const scalarPath = (): string =>
  fileURLToPath(new URL('js/standalone.js', import.meta.resolve('@scalar/fastify-api-reference')));

const policy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data: blob:`,
  `font-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

function send(req: Request, res: Response, file: Served): void {
  const packed = req.acceptsEncodings('gzip', 'identity') === 'gzip';
  const bytes = packed ? file.gzip : file.identity;
  res.setHeader('cache-control', file.caching);
  res.setHeader('vary', 'accept-encoding');
  res.setHeader('x-content-type-options', 'nosniff');
  if (file.contentType.startsWith('text/html')) {
    res.setHeader('content-security-policy', policy);
    res.setHeader('x-frame-options', 'DENY');
    res.setHeader('referrer-policy', 'same-origin');
    res.setHeader('cross-origin-opener-policy', 'same-origin');
  }
  if (packed) res.setHeader('content-encoding', 'gzip');
  res.writeHead(200, { 'content-type': file.contentType, 'content-length': bytes.length });
  res.end(bytes);
}

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Firstcome API reference</title>
  </head>
  <body>
    <div id="reference"></div>
    <noscript>This page needs JavaScript. The document it shows is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <script src="/docs/scalar.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/**
 * Disables features that would contact other origins: fonts, telemetry, a proxy for calls, and the client of Scalar's
 * maker.
 */
const startScript = `Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
});
`;
