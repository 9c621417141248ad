import type { StrategyName } from '../../core/events/event.ts';

export type Method = 'GET' | 'POST' | 'PATCH';

/** Who may call: everybody, or with a token that has at least this. */
export type Access = 'public' | 'user' | 'viewer' | 'operator' | 'admin';

/** A path with its method. The handler serves it and the OpenAPI document describes it, both from this. */
export type Route = {
  method: Method;
  /** With parameters in braces, which are fields of the input: `/api/v1/events/{eventId}`. */
  path: string;
  operationId: string;
  access: Access;
  summary: string;
  description: string;
  target: Claim | Procedure;
};

/** Takes a claim; with a strategy, only of events that have it. */
export type Claim = { kind: 'claim'; only: StrategyName | null };

/** Calls a procedure with path parameters, query and body as its input, and answers its output. */
export type Procedure = {
  kind: 'procedure';
  name: string;
  /** Of an answer; 200 if nothing else is said. */
  status?: 201;
  /** The property in which an answer that is a list stands: a list by itself could never get another field. */
  listAs?: string;
  /** What 404 says where the procedure answers null. */
  nullIs?: { reason: string; detail: string };
};

export type Found = { byMethod: ReadonlyMap<Method, { route: Route; params: Record<string, string> }> };

/** Finds the routes of a path as it was sent; null where there are none. */
export type FindRoutes = (path: string) => Found | null;

export function createFindRoutes(routes: readonly Route[]): FindRoutes {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (path) => {
    const sent = path.split('/');
    const matches = patterns.flatMap(({ route, segments }) => {
      const params = paramsOf(segments, sent);
      return params === null ? [] : [{ route, params, fixed: segments.filter((segment) => !isParam(segment)).length }];
    });
    // `/events/mine` would be the path with a name before it is one with a parameter.
    const most = Math.max(...matches.map(({ fixed }) => fixed));
    const best = matches.filter(({ fixed }) => fixed === most);
    if (best.length === 0) return null;
    return { byMethod: new Map(best.map(({ route, params }) => [route.method, { route, params }])) };
  };
}

const isParam = (segment: string): boolean => segment.startsWith('{');

/** The parameters of a path, spelled as they were sent; null if it is another path. */
function paramsOf(segments: readonly string[], sent: readonly string[]): Record<string, string> | null {
  if (segments.length !== sent.length) return null;
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const value = sent[at] ?? '';
    if (!isParam(segment)) {
      if (segment !== value) return null;
    } else if (value === '') return null;
    else params[segment.slice(1, -1)] = value;
  }
  return params;
}
