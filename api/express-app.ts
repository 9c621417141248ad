import { TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { say, type Message } from '../core/messages/message.ts';
import type { Readiness } from '../core/readiness/readiness.ts';
import type { Authentication } from './authentication.ts';
import type { Services } from './context.ts';
import { corsMiddleware } from './cors.ts';
import { errorShape, RefusedCall, unknownProcedure } from './errors.ts';
import { bodyBytesMax, urlCharsMax } from './http-limits.ts';
import { calledBy, isAdminPath, isPlainPath, sentPath } from './plain-path.ts';
import { streamProgress } from './progress.ts';
import type { Limits } from './limits/limits.ts';
import type { ReportError } from './report-error.ts';
import { createReference } from './rest/reference.ts';
import { createRestHandler, routesOf } from './rest/rest-handler.ts';
import { appRouter, publicRouter } from './router.ts';
import { proceduresOf, trpcOptions } from './trpc-options.ts';

/**
 * The routes that a port serves: all routes, or only the public ones. A `public` port has no admin procedures, admin
 * pages or metrics, and its readiness check reports only whether it is ready.
 */
export type Exposure = 'everything' | 'public';

export type ExpressDeps = {
  exposure: Exposure;
  services: Services;
  authentication: Authentication;
  corsOrigins: readonly string[];
  reportError: ReportError;
  readiness: () => Promise<Readiness>;
  /** The readiness of this process alone. Does not depend on the stores. */
  processReadiness: () => Readiness;
  /** Returns the metrics of all API processes, in Prometheus's format. */
  metricsText: () => Promise<string>;
  /** The admin pages, if sessions can be signed. */
  adminPages?: RequestHandler | undefined;
  /** The web pages, if this server has them. */
  pages?: RequestHandler | undefined;
  /** Aborted when the server closes. */
  stopping: AbortSignal;
  /** Null if calls are not limited. */
  limits: Pick<Limits, 'calls'> | null;
};

/** Serves everything except the hot lane: all procedures through tRPC's own adapter, and the operators' endpoints. */
export function createExpressApp(deps: ExpressDeps): Express {
  const app = express();
  const isPublic = deps.exposure === 'public';
  const paths = isPublic ? ['/livez', '/readyz'] : ['/livez', '/readyz', '/metrics'];
  const nothingHere = refuse('NOT_FOUND', say('nothing_here', { paths }));
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  const options = trpcOptions({ ...deps, router: isPublic ? publicRouter : appRouter });
  // Comes first, so that every path below /api, even a misspelled one, gets an error in REST's form.
  app.use(createRestHandler({ ...deps, createContext: options.createContext }));
  app.use(limitUrl);
  app.use((req, res, next) => {
    if (isPlainPath(sentPath(req))) return next();
    const procedure = misspelled.exec(sentPath(req))?.[1];
    if (procedure === undefined) return nothingHere(req, res, next);
    return refuse('NOT_FOUND', unknownProcedure(procedure, proceduresOf(options.router)))(req, res, next);
  });
  app.use(createReference(routesOf(deps.exposure)));
  app.get('/livez', (_req, res) => void res.json({ alive: true }));
  const sendReadiness = (res: Response, readiness: Readiness): void =>
    void res.status(readiness.ready ? 200 : 503).json(isPublic ? { ready: readiness.ready } : readiness);
  app.get('/readyz', async (_req, res) => sendReadiness(res, await deps.readiness()));
  app.get('/readyz/process', (_req, res) => sendReadiness(res, deps.processReadiness()));
  if (!isPublic) {
    app.get('/metrics', async (_req, res) => {
      res.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metricsText());
    });
  }
  app.use('/trpc', corsMiddleware(deps.corsOrigins), refuseMixed, refuseForms);
  app.use(
    '/trpc',
    streamProgress(options, deps.stopping),
    createExpressMiddleware({ ...options, maxBodySize: bodyBytesMax }),
  );
  if (isPublic) app.use((req, res, next) => (isAdminPath(req.path) ? nothingHere(req, res, next) : next()));
  // The console at /admin comes first, because it has its own headers.
  if (deps.pages !== undefined) app.use(deps.pages);
  if (deps.adminPages !== undefined) app.use(deps.adminPages);
  app.use(nothingHere);
  app.use(lastErrorHandler(deps.reportError));
  return app;
}

/** The path of a procedure that the caller may have meant. */
const misspelled = /^\/trpc\/([\w.-]{1,64})$/;

const refuse = (code: TRPCError['code'], message: Message): RequestHandler => {
  const shape = errorShape(new RefusedCall(code, message), undefined);
  return (_req, res) => void res.status(shape.data.httpStatus).json({ error: shape });
};

const mixed = refuse('BAD_REQUEST', say('mixed_batch'));
const refuseMixed: RequestHandler = (req, res, next) =>
  calledBy(req.baseUrl + req.path) === 'mixed' ? mixed(req, res, next) : next();

/**
 * tRPC also parses forms and bytes, but no procedure accepts them, so tRPC's error would only say that every field is
 * missing.
 */
const notJson = refuse('UNSUPPORTED_MEDIA_TYPE', say('not_json_type'));
const refuseForms: RequestHandler = (req, res, next) => {
  const type = req.headers['content-type']?.toLowerCase() ?? '';
  return /^(multipart\/form-data|application\/octet-stream)/.test(type) ? notJson(req, res, next) : next();
};

const limitUrl: RequestHandler = (req, res, next) => {
  if (req.url.length <= urlCharsMax) return next();
  const error = new RefusedCall('BAD_REQUEST', say('url_too_long', { max: urlCharsMax }));
  res.status(414).json({ error: errorShape(error, undefined) });
};

/** Express's own handler would reveal the stack. */
const lastErrorHandler =
  (reportError: ReportError): ErrorRequestHandler =>
  (err: unknown, _req, res, next) => {
    if (res.headersSent) return next(err);
    const error = isClientError(err)
      ? new RefusedCall('BAD_REQUEST', say('unreadable_request'))
      : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: err });
    reportError(error, undefined);
    const shape = errorShape(error, undefined);
    res.status(shape.data.httpStatus).json({ error: shape });
  };

/** Express's errors about malformed requests include their status. */
const isClientError = (err: unknown): boolean =>
  err instanceof Error && 'status' in err && typeof err.status === 'number' && err.status < 500;
