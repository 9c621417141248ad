import type { StrategyName } from '../../core/events/event.ts';
import type { Message } from '../../core/messages/message.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Who may call: everybody, or only callers who have at least this role. */
export type Access = 'public' | 'user' | 'viewer' | 'operator' | 'admin';

/** A path with its method. The handler and the OpenAPI document are both derived from it. */
export type Route = {
  method: Method;
  /** Parameters are in braces, and are fields of the input: `/api/v1/events/{eventId}`. */
  path: string;
  operationId: string;
  access: Access;
  summary: string;
  description: string;
  target: Claim | Procedure;
};

/** Submits a claim. With `only`, the event must have that strategy. */
export type Claim = { kind: 'claim'; only: StrategyName | null };

/** Calls a procedure with path parameters, query and body as its input, and returns its output. */
export type Procedure = {
  kind: 'procedure';
  name: string;
  /** The status of a successful answer; 200 by default. */
  status?: 201;
  /**
   * The name of the property that contains a list. If the answer itself were a list, later versions could not add
   * fields to it.
   */
  listAs?: string;
  /** The message of the 404 if the procedure returns null. */
  nullIs?: { reason: string; said: Message };
};

export type Found = { byMethod: ReadonlyMap<Method, { route: Route; params: Record<string, string> }> };

/** Returns the routes of a path as it was sent; null if there are none. */
export type FindRoutes = (path: string) => Found | null;

export function createFindRoutes(routes: readonly Route[]): FindRoutes {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (path) => {
    const sent = path.split('/');
    const matches = patterns.flatMap(({ route, segments }) => {
      const params = paramsOf(segments, sent);
      return params === null ? [] : [{ route, params, fixed: segments.filter((segment) => !isParam(segment)).length }];
    });
    // The route with the most fixed segments wins. So `/events/mine` doesn't match a route that has a parameter in that
    // place.
    const most = Math.max(...matches.map(({ fixed }) => fixed));
    const best = matches.filter(({ fixed }) => fixed === most);
    if (best.length === 0) return null;
    return { byMethod: new Map(best.map(({ route, params }) => [route.method, { route, params }])) };
  };
}

const isParam = (segment: string): boolean => segment.startsWith('{');

/** Returns the parameters of a path, spelled as in the request; null if the path doesn't match. */
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
