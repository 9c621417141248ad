import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { attributeNames, type Attributes } from '../core/tracing/names.ts';
import { withSpan, type Span } from '../core/tracing/span.ts';
import type { Tracing } from '../core/tracing/tracing.ts';
import { addressMatcher } from './addresses.ts';
import { sentPath } from './plain-path.ts';
import { routesOf } from './rest/rest-handler.ts';
import { createFindRoutes } from './rest/route.ts';
import { appRouter } from './router.ts';
import { proceduresOf } from './trpc-options.ts';

type TraceOptions = {
  tracing: Tracing;
  /** Our own proxies. This machine counts as one of them. */
  trustedProxies: readonly string[];
};

const thisMachine = ['127.0.0.0/8', '::1'];

/**
 * Records the requests to the procedures and to REST: each as the first step of a trace, or as the next one of the
 * trace that a proxy began. Ignores a `traceparent` from any other address, because anybody could otherwise make us
 * record as many traces as they like.
 */
export function traceRequests({ tracing, trustedProxies }: TraceOptions, answer: RequestListener): RequestListener {
  const isOurs = addressMatcher([...thisMachine, ...trustedProxies]);
  const describe = createDescription();
  return (req, res) => {
    const { url = '' } = req;
    if (!url.startsWith('/trpc/') && !url.startsWith('/api/')) return withSpan(undefined, () => answer(req, res));
    const sent = traceparentOf(req.rawHeaders);
    const traceparent = sent !== undefined && isOurs(req.socket.remoteAddress) ? sent : undefined;
    const span = tracing.begin(() => ({ ...describe(req), kind: 'server' }), traceparent);
    if (span !== undefined) follow(span, req, res);
    withSpan(span, () => answer(req, res));
  };
}

/** Reads one header from the raw ones, because Node's `headers` first makes an object of all of them. */
function traceparentOf(rawHeaders: readonly string[]): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 11 && name.toLowerCase() === 'traceparent') return rawHeaders[at + 1];
  }
  return undefined;
}

/** Ends the span with the answer. Until then, what the rest of the request causes is part of the trace. */
function follow(span: Span, req: IncomingMessage, res: ServerResponse): void {
  // Events of the request, such as a part of its body, come from the connection, which belongs to no trace.
  const emit = req.emit.bind(req);
  req.emit = (...event: Parameters<typeof emit>) => withSpan(span, () => emit(...event));
  res.once('close', () => {
    const { statusCode } = res;
    if (!res.writableFinished) span.fail('client_disconnected');
    else {
      span.set({ [attributeNames.httpStatus]: statusCode });
      if (statusCode >= 500) span.fail(String(statusCode));
    }
    span.end();
  });
}

/** Names a request by its route, because there are few routes. A path that has no route may contain anything. */
function createDescription(): (req: IncomingMessage) => { name: string; attributes: Attributes } {
  const procedures = new Set(proceduresOf(appRouter));
  const findRoutes = createFindRoutes(routesOf('everything'));

  return (req) => {
    const { method = 'GET', httpVersion } = req;
    const path = sentPath(req);
    const calls = path.startsWith('/trpc/') ? path.slice('/trpc/'.length).split(',') : [];
    const route = calls.length > 0 ? routeOfCalls(calls) : routeOfRest(method, path);
    const attributes = {
      [attributeNames.httpMethod]: method,
      [attributeNames.urlScheme]: 'http',
      [attributeNames.protocolVersion]: httpVersion,
      ...(calls.length > 1 && { [attributeNames.calls]: calls.length }),
    };
    if (route === null) return { name: method, attributes };
    return {
      name: `${method} ${route}`,
      attributes: { ...attributes, [attributeNames.httpRoute]: route, [attributeNames.urlPath]: path },
    };
  };

  function routeOfCalls(calls: readonly string[]): string | null {
    const [first = ''] = calls;
    if (!calls.every((call) => procedures.has(call))) return null;
    return calls.every((call) => call === first) ? `/trpc/${first}` : '/trpc/{procedures}';
  }

  function routeOfRest(method: string, path: string): string | null {
    const byMethod = findRoutes(path)?.byMethod;
    const match = [...(byMethod ?? [])].find(([known]) => known === method);
    return match?.[1].route.path ?? null;
  }
}
