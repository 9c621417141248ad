import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StrategyName } from '../../core/events/event.ts';
import { overLimit, type LimitName } from '../../core/limits/over-limit.ts';
import { corsHeaders } from '../cors.ts';
import type { HotLane, HotLaneDeps } from '../hot-lane.ts';
import { createPlainReader, jsonBodyBytes, parseJson, readBody } from '../plain-request.ts';
import { submitClaim } from '../submit-claim.ts';
import { originalClaimInput } from './claim-input.ts';
import { originalPath, originalPathNames, originalPaths } from './claim-paths.ts';
import { claimReply } from './claim-reply.ts';
import { problemOf, type Reply } from './problem.ts';

/** The name under which failed claims are logged, whatever path they used. */
const procedure = 'claim.submit';

/**
 * The hot lane for claims over REST: answers plain requests directly from `node:http`, with the same token check and
 * the same answers as tRPC's hot lane. `rest-handler.ts` answers all other requests, with the same wording.
 */
export function createClaimLane(deps: HotLaneDeps): HotLane {
  const { limits, pace } = deps;
  const readPlain = createPlainReader();
  const headersFor = createRestHeaders(deps.corsOrigins);
  let inHand = 0;

  const send = (res: ServerResponse, origin: string | undefined, reply: Reply): void => {
    const headers = [...headersFor(origin), ...reply.headers, 'content-type', reply.contentType];
    headers.push('content-length', String(Buffer.byteLength(reply.json)));
    if (deps.isClosing()) headers.push('connection', 'close');
    res.writeHead(reply.status, headers);
    res.end(reply.json);
    deps.countRequest('hot', reply.status);
  };

  const refuse = (cause: unknown): Reply => {
    const refused = problemOf(cause);
    deps.onError(refused.error, procedure);
    return refused;
  };

  const submit = (res: ServerResponse, origin: string | undefined, userId: string, claim: Claim): void => {
    inHand += 1;
    void submitClaim(deps, userId, claim, claim.only)
      .then(claimReply, refuse)
      .then((reply) => {
        inHand -= 1;
        send(res, origin, reply);
      });
  };

  const refuseLater = (res: ServerResponse, origin: string | undefined, limit: LimitName): void => {
    inHand += 1;
    pace(() => {
      inHand -= 1;
      send(res, origin, refuse(overLimit(limit)));
    });
  };

  const take = (req: IncomingMessage, res: ServerResponse): boolean => {
    if (req.method !== 'POST' || req.url?.startsWith('/api/v1/') !== true) return false;
    const eventId = claimsUrl.exec(req.url)?.[1];
    const only = strategyOfUrl.get(req.url);
    if (eventId === undefined && only === undefined) return false;
    const plain = readPlain(req.rawHeaders);
    if (plain === null) return false;
    const bodyBytes = jsonBodyBytes(plain);
    const isPlainBody = eventId === undefined ? bodyBytes > 0 : hasNoBody(plain.contentLength);
    if (!isPlainBody) return false;
    const { origin } = plain;
    let userId: string;
    try {
      const user = deps.authentication.userAtOnce(plain.authorization);
      // If the token can't be checked at once, `rest-handler.ts` takes the request and waits for the check.
      if (user === null) return false;
      userId = user.userId;
    } catch (err) {
      if (limits?.calls.ofAddress('hot', req, 1) === 0) refuseLater(res, origin, 'address');
      else send(res, origin, refuse(err));
      return true;
    }
    if (limits?.calls.ofUser('hot', userId, 'claims', 1) === 0) {
      refuseLater(res, origin, 'user_claims');
      return true;
    }
    if (eventId !== undefined) {
      submit(res, origin, userId, { eventId, only: undefined });
      return true;
    }
    readBody(req, bodyBytes, (body) => {
      let claim: Claim;
      try {
        claim = { ...originalClaimInput(parseJson(body)), only };
      } catch (err) {
        send(res, origin, refuse(err));
        return;
      }
      submit(res, origin, userId, claim);
    });
    return true;
  };

  return { take, inHand: () => inHand };
}

type Claim = { eventId: string; only: StrategyName | undefined };

const claimsUrl = /^\/api\/v1\/events\/([A-Za-z0-9_-]{1,64})\/claims$/;

const strategyOfUrl: ReadonlyMap<string, StrategyName> = new Map(
  originalPathNames.map((name) => [originalPath(name), originalPaths[name]]),
);

const hasNoBody = (contentLength: string | undefined): boolean => contentLength === undefined || contentLength === '0';

/** The CORS headers for answers to calls from an origin, the same as those that `cors.ts` sets. */
export function createRestHeaders(origins: readonly string[]): (origin: string | undefined) => readonly string[] {
  if (origins.length === 0) return () => [];
  const of = (origin: string | undefined) => ['vary', 'Origin', ...corsHeaders(origins, origin)];
  const others = of(undefined);
  const byOrigin = new Map(origins.map((origin) => [origin, of(origin)]));
  return (origin) => (origin === undefined ? others : (byOrigin.get(origin) ?? others));
}
