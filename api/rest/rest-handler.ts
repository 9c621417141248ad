import type { Request, RequestHandler, Response } from 'express';
import { say } from '../../core/messages/message.ts';
import { requireRole } from '../base.ts';
import { eventCaching, lineCaching } from '../caching.ts';
import type { Context, Services } from '../context.ts';
import { corsMiddleware } from '../cors.ts';
import { asTrpcError } from '../errors.ts';
import { urlCharsMax } from '../http-limits.ts';
import { sentPath } from '../plain-path.ts';
import { acceptsProgress } from '../progress.ts';
import type { ReportError } from '../report-error.ts';
import { submitClaim } from '../submit-claim.ts';
import { adminRoutes } from './admin-routes.ts';
import { originalClaimInput, pathClaimInput } from './claim-input.ts';
import { claimReply } from './claim-reply.ts';
import { problem, problemOf, type Reply } from './problem.ts';
import { callProcedure } from './procedures.ts';
import { publicRoutes } from './public-routes.ts';
import { readJsonBody } from './read-body.ts';
import { createInputReader, type InputReader } from './read-input.ts';
import { createFindRoutes, type Claim, type Found, type Method, type Procedure, type Route } from './route.ts';
import { streamProgressTo } from './stream-progress.ts';

export type RestDeps = {
  /** On a `public` port, admin paths are missing. */
  exposure: 'everything' | 'public';
  services: Services;
  createContext: (call: { req: Request; progress?: Context['progress'] }) => Context;
  corsOrigins: readonly string[];
  reportError: ReportError;
  stopping: AbortSignal;
};

export const routesOf = (exposure: RestDeps['exposure']): readonly Route[] =>
  exposure === 'public' ? publicRoutes : [...publicRoutes, ...adminRoutes];

/** Answers every path below `/api` that `claim-lane.ts` does not take. Errors are RFC 9457 problems. */
export function createRestHandler(deps: RestDeps): RequestHandler {
  const findRoutes = createFindRoutes(routesOf(deps.exposure));
  const cors = corsMiddleware(deps.corsOrigins, {
    methods: 'GET,POST,PATCH,DELETE',
    allowedHeaders: 'authorization,content-type,idempotency-key',
  });
  const call = createCall(deps);

  const answer = async (req: Request, res: Response, path: string): Promise<void> => {
    if (req.url.length > urlCharsMax) return send(req, res, tooLong);
    const found = findRoutes(path);
    if (found === null) return send(req, res, nothingHere);
    const match = found.byMethod.get(methodOf(req));
    if (match === undefined) return send(req, res, wrongMethod(found));
    try {
      const reply = await call(req, res, match.route, match.params);
      if (reply !== null) send(req, res, reply);
    } catch (cause) {
      const refused = problemOf(cause);
      deps.reportError(refused.error, nameOf(match.route));
      send(req, res, refused);
    }
  };

  return (req, res, next) => {
    // The path as it was sent: Express's router decodes escapes, but a proxy's rules may not.
    const path = sentPath(req);
    if (path !== '/api' && !path.startsWith('/api/')) return next();
    cors(req, res, () => void answer(req, res, path));
  };
}

const tooLong = problem(414, { said: say('url_too_long', { max: urlCharsMax }), reason: 'uri_too_long' });
const nothingHere = problem(404, { said: say('no_such_path'), reason: 'not_found' });

function wrongMethod({ byMethod }: Found): Reply {
  const methods = [...byMethod.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allowed = methods.join(', ');
  return problem(405, { said: say('method_not_allowed', { allowed }), reason: 'method_not_allowed' }, [
    'allow',
    allowed,
  ]);
}

/** HEAD is treated as GET, and Node leaves out the body. */
const methodOf = ({ method }: Request): Method => (method === 'HEAD' ? 'GET' : (method as Method));

const nameOf = ({ target }: Route): string => (target.kind === 'claim' ? 'claim.submit' : target.name);

function send(req: Request, res: Response, { status, contentType, headers, json }: Reply): void {
  // The client has disconnected, or part of a stream has been sent.
  if (res.headersSent || res.destroyed) return;
  for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
  if (!res.hasHeader('cache-control') && methodOf(req) === 'GET') res.setHeader('cache-control', 'no-store');
  res.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(json) });
  res.end(json);
}

type Call = (req: Request, res: Response, route: Route, params: Record<string, string>) => Promise<Reply | null>;

/** Performs a route's action. Throws if the action fails, or if the API refuses it. */
function createCall({ exposure, services, createContext, stopping, reportError }: RestDeps): Call {
  const readers = new Map<string, InputReader>();
  const readerOf = (route: Route & { target: Procedure }): InputReader => {
    const reader = readers.get(route.operationId) ?? createInputReader(route);
    readers.set(route.operationId, reader);
    return reader;
  };

  const claim = async (req: Request, { only }: Claim, params: Record<string, string>): Promise<Reply> => {
    const { userId } = await createContext({ req }).user();
    const body = await readJsonBody(req);
    const input = only === null ? pathClaimInput(params, body) : originalClaimInput(body);
    return claimReply(await submitClaim(services, userId, input, only ?? undefined));
  };

  return async (req, res, route, params) => {
    const { target } = route;
    if (target.kind === 'claim') return claim(req, target, params);
    if (route.method === 'GET' || !acceptsProgress(req)) return procedure(req, { ...route, target }, params);
    const report = (cause: unknown): void => reportError(asTrpcError(cause), target.name);
    return streamProgressTo(res, { stopping, report }, (progress) =>
      procedure(req, { ...route, target }, params, progress),
    );
  };

  async function procedure(
    req: Request,
    route: Route & { target: Procedure },
    params: Record<string, string>,
    progress?: Context['progress'],
  ): Promise<Reply> {
    const { target } = route;
    const context = createContext({ req, progress });
    // The role is checked before the body, as in tRPC.
    if (route.access === 'user') await context.user();
    else if (route.access !== 'public') requireRole(await context.caller(), route.access);
    const body = route.method === 'GET' ? undefined : await readJsonBody(req);
    const query = new URLSearchParams(req.url.split('?').slice(1).join('?'));
    const idempotencyKey = req.get('idempotency-key');
    const input = readerOf(route)({ params, query, body, idempotencyKey });
    return procedureReply(target, await callProcedure(exposure, context, target.name, input));
  }
}

function procedureReply({ name, status, listAs, nullIs }: Procedure, output: unknown): Reply {
  if (output === null && nullIs !== undefined) return problem(404, nullIs);
  const caching = { 'event.get': eventCaching, 'line.serving': lineCaching }[name];
  const headers = caching === undefined ? [] : ['cache-control', caching];
  const json = JSON.stringify(listAs === undefined ? output : { [listAs]: output });
  return { status: status ?? 200, contentType: 'application/json', headers, json };
}
