import { TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Readiness } from '../core/readiness/readiness.ts';
import type { Authentication } from './authentication.ts';
import type { Services } from './context.ts';
import { corsMiddleware } from './cors.ts';
import { errorShape } from './errors.ts';
import { bodyBytesMax, urlCharsMax } from './http-limits.ts';
import { calledBy, isAdminPath, isPlainPath, sentPath } from './plain-path.ts';
import { streamProgress } from './progress.ts';
import type { ReportError } from './report-error.ts';
import { createReference } from './rest/reference.ts';
import { createRestHandler, routesOf } from './rest/rest-handler.ts';
import { appRouter, publicRouter } from './router.ts';
import { trpcOptions } from './trpc-options.ts';

/**
 * What a port serves: everything, or only what everybody may use. `public` has no admin procedures, no pages of admins, no
 * metrics, and of its readiness only whether it is ready.
 */
export type Exposure = 'everything' | 'public';

export type ExpressDeps = {
  exposure: Exposure;
  services: Services;
  authentication: Authentication;
  corsOrigins: readonly string[];
  reportError: ReportError;
  readiness: () => Promise<Readiness>;
  /** The metrics of all API processes, as Prometheus reads them. */
  metricsText: () => Promise<string>;
  /** The pages of admins, where sessions can be signed. */
  adminPages?: RequestHandler | undefined;
  /** The web pages, if this server has them. */
  pages?: RequestHandler | undefined;
  /** Aborted when the server closes. */
  stopping: AbortSignal;
};

/** Everything but the hot lane: all procedures through tRPC's own adapter, and what operators ask. */
export function createExpressApp(deps: ExpressDeps): Express {
  const app = express();
  const isPublic = deps.exposure === 'public';
  const nothingHere = refuse(
    'NOT_FOUND',
    isPublic
      ? 'There is nothing here. Procedures are at /trpc, REST is described at /docs; see also /livez and /readyz.'
      : 'There is nothing here. Procedures are at /trpc, REST is described at /docs; see also /livez, /readyz and /metrics.',
  );
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  const options = trpcOptions({ ...deps, router: isPublic ? publicRouter : appRouter });
  // Before the rule of plain paths: it compares paths as they were sent.
  app.use(createRestHandler({ ...deps, createContext: options.createContext }));
  app.use(limitUrl);
  app.use((req, res, next) => (isPlainPath(sentPath(req)) ? next() : nothingHere(req, res, next)));
  app.use(createReference(routesOf(deps.exposure)));
  app.get('/livez', (_req, res) => void res.json({ alive: true }));
  app.get('/readyz', async (_req, res) => {
    const readiness = await deps.readiness();
    res.status(readiness.ready ? 200 : 503).json(isPublic ? { ready: readiness.ready } : readiness);
  });
  if (!isPublic) {
    app.get('/metrics', async (_req, res) => {
      res.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metricsText());
    });
  }
  app.use('/trpc', corsMiddleware(deps.corsOrigins), refuseMixed);
  app.use(
    '/trpc',
    streamProgress(options, deps.stopping),
    createExpressMiddleware({ ...options, maxBodySize: bodyBytesMax }),
  );
  if (isPublic) app.use((req, res, next) => (isAdminPath(req.path) ? nothingHere(req, res, next) : next()));
  // First the console at /admin, which has headers of its own.
  if (deps.pages !== undefined) app.use(deps.pages);
  if (deps.adminPages !== undefined) app.use(deps.adminPages);
  app.use(nothingHere);
  app.use(lastErrorHandler(deps.reportError));
  return app;
}

const refuse = (code: 'NOT_FOUND' | 'BAD_REQUEST', message: string): RequestHandler => {
  const shape = errorShape(new TRPCError({ code, message }), undefined);
  return (_req, res) => void res.status(shape.data.httpStatus).json({ error: shape });
};

const mixed = refuse('BAD_REQUEST', "A batch can't mix admin procedures with others. Send them separately.");
const refuseMixed: RequestHandler = (req, res, next) =>
  calledBy(req.baseUrl + req.path) === 'mixed' ? mixed(req, res, next) : next();

const limitUrl: RequestHandler = (req, res, next) => {
  if (req.url.length <= urlCharsMax) return next();
  const message = `The URL is longer than ${urlCharsMax} characters.`;
  res.status(414).json({ error: errorShape(new TRPCError({ code: 'BAD_REQUEST', message }), undefined) });
};

/** Express's own handler would show the stack. */
const lastErrorHandler =
  (reportError: ReportError): ErrorRequestHandler =>
  (err: unknown, _req, res, next) => {
    if (res.headersSent) return next(err);
    const error = isClientError(err)
      ? new TRPCError({ code: 'BAD_REQUEST', message: 'The request can not be read.', cause: undefined })
      : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: err });
    reportError(error, undefined);
    const shape = errorShape(error, undefined);
    res.status(shape.data.httpStatus).json({ error: shape });
  };

/** Express's errors about malformed requests carry their status. */
const isClientError = (err: unknown): boolean =>
  err instanceof Error && 'status' in err && typeof err.status === 'number' && err.status < 500;
