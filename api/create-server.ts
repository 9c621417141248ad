import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { say } from '../core/messages/message.ts';
import type { KeyCheck } from '../core/access/key-check.ts';
import type { TokenRules } from '../core/access/token-rules.ts';
import { noLimits } from '../core/changes/approval.ts';
import type { JobQueueView } from '../core/jobs/job-queue.ts';
import type { Health } from '../core/readiness/health.ts';
import { OverLimit } from '../core/limits/over-limit.ts';
import type { Lane } from '../core/metrics/metric.ts';
import { createProcessReadiness, createReadiness } from '../core/readiness/readiness.ts';
import { Fault } from '../core/runtime/fault.ts';
import type { Logger } from '../core/runtime/log.ts';
import { activeSpan, withSpan } from '../core/tracing/span.ts';
import type { Tracing } from '../core/tracing/tracing.ts';
import { createAuthentication } from './authentication.ts';
import { defaultLimits, type ConnectionLimits } from './connection-limits.ts';
import { reportConnections } from './connection-report.ts';
import { watchConnections } from './connections.ts';
import type { Rules, Services } from './context.ts';
import { createExpressApp, type Exposure } from './express-app.ts';
import { createHotLane, type HotLane } from './hot-lane.ts';
import { batchCallsMax, headerBytesMax } from './http-limits.ts';
import type { IdentityProvider } from './identity/identity-provider.ts';
import { handInTurn } from './in-hand.ts';
import { createRequestCharge, type ChargeRequest } from './limits/charge-request.ts';
import type { Limits } from './limits/limits.ts';
import { createRefusalPace } from './limits/refusal-pace.ts';
import type { Metrics } from './metrics.ts';
import { createAdminPages } from './pages/admin-pages.ts';
import { createPageSessions } from './pages/page-session.ts';
import { createQueueBoard } from './pages/queue-board.ts';
import { isOfCrowd, sentPath } from './plain-path.ts';
import { createReadLane } from './read-lane.ts';
import { createErrorReport, type ReportError } from './report-error.ts';
import { createClaimLane } from './rest/claim-lane.ts';
import { traceRequests } from './trace-requests.ts';
import { createTurns } from './turns.ts';

export type ServerDeps = Omit<Services, 'observeClaim' | 'rules' | 'lookUps'> & {
  /** The rules that `admin.whoami` reports; core enforces them. */
  rules?: Rules;
  health: Health;
  /** Whether this process is connected to Redis now. By default, always true. */
  isConnected?: () => boolean;
  log: Logger;
  apiKeys: KeyCheck;
  /** The current HS256 key. Without this key, only API keys and the identity provider's tokens are accepted. */
  authSecret: string | undefined;
  /** The previous HS256 key, whose tokens are still accepted. */
  authSecretPrevious?: string | undefined;
  /** The JWT claims that tokens signed with these keys must contain. */
  tokenRules?: TokenRules;
  identityProvider?: IdentityProvider | undefined;
  corsOrigins: readonly string[];
  metrics: Metrics;
  /** The routes that the port serves; by default all of them. */
  exposure?: Exposure;
  /** Opens the queue dashboard's data. The server has admin pages only with this option and `authSecret`. */
  openQueueView?: (() => JobQueueView) | undefined;
  /** Returns the text of `/metrics` for several processes. Without this option, `/metrics` covers this process only. */
  metricsText?: () => Promise<string>;
  /** The web pages, if this server has them. */
  pages?: RequestHandler;
  /**
   * Sends every request to tRPC's Express adapter if false. Tests use this to compare that adapter with the fast lanes.
   */
  hotLane?: boolean;
  /** By default, nothing is traced. */
  tracing?: Tracing | null;
  timeouts?: Partial<Timeouts>;
  /** By default, calls are not limited. */
  limits?: Limits | null;
  /** Without this setting, the number of connections is unlimited. */
  connectionLimits?: Partial<ConnectionLimits>;
};

type Timeouts = {
  keepAliveMs: number;
  headersMs: number;
  requestMs: number;
  /** How often `headersMs` and `requestMs` are checked. */
  checkEveryMs: number;
  /**
   * How long idle connections may still deliver requests after the close has begun, because a request may be on its
   * way. Each such request is answered with `Connection: close`.
   */
  lastCallMs: number;
};

type Address = { host: string; port: number };

/** An API server that is not listening yet. */
export type ApiServer = {
  server: Server;
  /** Resolves once the server listens. Rejects if the port isn't available. Port 0 picks a free port. */
  listen(address: Address & { reusePort?: boolean }): Promise<Address>;
  /**
   * Turns `/readyz` red, closes each connection after its answer, then stops accepting connections. Resolves when every
   * complete request has been answered. A second call returns the first call's promise.
   */
  close(): Promise<void>;
  /** Cuts the connections that are still open, so that a close in progress completes. */
  hurry(): void;
};

/**
 * Idle connections stay open longer than the 60 s after which common load balancers drop them, so that the server never
 * closes a connection while a request is on its way. `headersMs` also limits how long a new connection may wait before
 * it sends a request. Its value, a minute, lets clients connect ahead of an opening. A crowded server allows less (see
 * connections.ts).
 */
const defaultTimeouts: Timeouts = {
  keepAliveMs: 65_000,
  headersMs: 66_000,
  requestMs: 70_000,
  checkEveryMs: 5_000,
  lastCallMs: 500,
};

/**
 * A burst of 5,000 connections overflows Node's default of 511; the kernel may lower this value to net.core.somaxconn.
 */
const backlog = 4_096;

export function createServer(deps: ServerDeps): ApiServer {
  const { metrics, hotLane: withLanes = true } = deps;
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const stopping = new AbortController();
  const hurried = new AbortController();
  const parts = createParts(deps, { isClosing, stopping: stopping.signal });
  const { lanes, queueBoard } = parts;

  /** Unfinished answers of the Express app. */
  const answering = new Set<ServerResponse>();
  const timeouts = { ...defaultTimeouts, ...deps.timeouts };
  const server = createHttpServer({
    keepAliveTimeout: timeouts.keepAliveMs,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkEveryMs,
    maxHeaderSize: headerBytesMax,
  });
  const limits = { ...defaultLimits, ...deps.connectionLimits };
  const report = reportConnections({ metrics, log: deps.log, max: limits.max });
  const connections = watchConnections(server, limits, report.count);
  report.watch(server, connections);
  const answerStock = stockLane({ ...parts, metrics, answering, isClosing });
  const answer: RequestListener = (req, res) => {
    if (withLanes && lanes.some((lane) => lane.take(req, res))) return;
    answerStock(req, res);
  };
  const { tracing = null } = deps;
  const { trustedProxies } = limits;
  const handle = tracing === null ? answer : traceRequests({ tracing, trustedProxies }, answer);
  server.on('request', handInTurn(connections, handle));

  /** Complete requests without an answer yet. An incomplete request is not accepted work. */
  const isAnswering = (): boolean =>
    lanes.some((lane) => lane.inHand() > 0) || [...answering].some(({ req }) => req.complete);

  const close = async (): Promise<void> => {
    stopping.abort(new Fault('unavailable', say('api_stopping')));
    for (const res of answering) if (!res.headersSent) res.setHeader('connection', 'close');
    await delay(timeouts.lastCallMs, undefined, { signal: hurried.signal }).catch(() => undefined);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    while (!hurried.signal.aborted && isAnswering()) await delay(10);
    // The connections that are still open have sent no request, or stopped partway through one.
    server.closeAllConnections();
    await Promise.all([closed, queueBoard?.close()]);
  };

  return {
    server,
    listen: (address) => listen(server, address),
    close: () => (closing ??= close()),
    hurry: () => {
      hurried.abort();
      server.closeAllConnections();
    },
  };
}

/**
 * Creates the parts that handle requests: the fast lanes, in the order in which they are tried, and the app, which
 * takes every other request.
 */
function createParts(
  deps: ServerDeps,
  { isClosing, stopping }: { isClosing: () => boolean; stopping: AbortSignal },
): {
  app: RequestListener;
  lanes: HotLane[];
  queueBoard: ReturnType<typeof createQueueBoard> | undefined;
  charge: ChargeRequest | null;
} {
  const { metrics, authSecret, authSecretPrevious, identityProvider, corsOrigins, limits = null } = deps;
  const { rules = { approvals: noLimits, seedLeadMs: 60_000, codes: { viewerSeesCodes: false } } } = deps;
  const services: Services = { ...deps, rules, observeClaim: metrics.observeClaim, lookUps: limits?.lookUps ?? null };
  const secrets = [authSecret, authSecretPrevious].filter((secret) => secret !== undefined);
  const authentication = createAuthentication({
    ...{ secrets, identityProvider, apiKeys: deps.apiKeys, rules: deps.tokenRules },
    countRefused: metrics.countRefusedToken,
  });
  const reportError = createErrorReport(deps.log);
  /** Also counts the claims that an event's own limit refused. The other limits count their own refusals. */
  const reportIn =
    (lane: Lane): ReportError =>
    (error, path) => {
      const { cause } = error;
      if (cause instanceof OverLimit && cause.limit === 'event_tries') {
        metrics.observe.callsLimited({ limit: cause.limit, lane, calls: 1 });
      }
      reportError(error, path);
    };
  const queueBoard = deps.openQueueView && createQueueBoard(deps.openQueueView);
  const adminPages =
    queueBoard && authSecret !== undefined
      ? createAdminPages({
          authentication,
          sessions: createPageSessions(authSecret, deps.apiKeys),
          queueBoard: queueBoard.handler,
          limits,
        })
      : undefined;
  const app = createExpressApp({
    ...{
      services,
      authentication,
      corsOrigins,
      reportError: reportIn('stock'),
      adminPages,
      stopping,
      pages: deps.pages,
      limits,
    },
    exposure: deps.exposure ?? 'everything',
    readiness: createReadiness(withCheck(deps.health, identityProvider), isClosing),
    processReadiness: createProcessReadiness(deps.isConnected ?? (() => true), isClosing),
    metricsText: deps.metricsText ?? (() => metrics.registry.metrics()),
  });
  const pace = createRefusalPace(stopping);
  const inLane = {
    ...{ corsOrigins, countRequest: metrics.countRequest, onError: reportIn('hot'), isClosing },
    ...{ authentication, limits, pace },
  };
  const { claims, observeClaim } = services;
  const claimDeps = { claims, observeClaim, ...inLane };
  const lanes = [createHotLane(claimDeps), createClaimLane(claimDeps), createReadLane({ ...services, ...inLane })];
  const charge =
    limits === null
      ? null
      : createRequestCharge({ limits: limits.calls, authentication, corsOrigins, pace, onError: reportError });
  return { app, lanes, queueBoard, charge };
}

/** Answers the requests that no fast lane takes. `answering` holds the unfinished answers. */
function stockLane({
  app,
  charge,
  metrics,
  answering,
  isClosing,
}: {
  app: RequestListener;
  /** Null if calls are not limited. */
  charge: ChargeRequest | null;
  metrics: Metrics;
  answering: Set<ServerResponse>;
  isClosing: () => boolean;
}): RequestListener {
  const takeTurn = createTurns(batchCallsMax);
  return (req, res) => {
    if (isClosing()) res.setHeader('connection', 'close');
    answering.add(res);
    res.once('close', () => {
      answering.delete(res);
      metrics.countRequest('stock', res.statusCode);
    });
    if (charge === null) begin(req, res);
    else charge(req, res, () => begin(req, res));
  };

  function begin(req: IncomingMessage, res: ServerResponse): void {
    const path = sentPath(req);
    if (!isOfCrowd(path)) return void app(req, res);
    // Ten calls take tRPC's Express adapter about 3 ms. Users' calls wait their turn, so that an admin's change doesn't
    // have to wait for every request of a crowd.
    const span = activeSpan();
    takeTurn(path.split(',').length, () => {
      // The client may have disconnected while the call waited for its turn.
      if (answering.has(res)) withSpan(span, () => app(req, res));
    });
  }
}

function withCheck(health: Health, identityProvider: IdentityProvider | undefined): Health {
  if (identityProvider === undefined) return health;
  return { check: async () => [...(await health.check()), identityProvider.check()] };
}

async function listen(server: Server, options: Address & { reusePort?: boolean }): Promise<Address> {
  const { host, port, reusePort = false } = options;
  server.listen({ host, port, backlog, reusePort });
  await once(server, 'listening');
  const address = server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}
