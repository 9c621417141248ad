import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readiness } from '../core/readiness/readiness.ts';
import type { Logger } from '../core/runtime/log.ts';

/** The worker's HTTP server for `/livez`, `/readyz` and `/metrics`. */
export type StatusServer = {
  address: { host: string; port: number };
  /** Accepts no new connections and cuts the open ones. */
  close(): Promise<void>;
};

export type Status = {
  readiness: () => Promise<Readiness>;
  metricsText: () => Promise<string>;
  log: Logger;
};

/** The clients are probes and Prometheus: a handful of connections and small, fast requests. */
const connectionsMax = 128;
const limits = {
  maxHeaderSize: 16 * 1_024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};

/** Starts listening; rejects if it can't. Port 0 picks a free port. */
export async function openStatusServer(at: { host: string; port: number }, status: Status): Promise<StatusServer> {
  const server = createServer(limits, (req, res) => void answer(req, res, status));
  server.maxConnections = connectionsMax;
  server.listen(at);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: { host: at.host, port: typeof bound === 'object' && bound !== null ? bound.port : at.port },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, status: Status): Promise<void> {
  // Each path has one spelling. Anything after `?` is ignored.
  const [path = ''] = (req.url ?? '').split('?', 1);
  try {
    const page = pageOf(path, status);
    if (page === undefined)
      return sendJson(res, 404, refusal('There is nothing here. See /livez, /readyz and /metrics.'));
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET, HEAD');
      return sendJson(res, 405, refusal('Only GET and HEAD are allowed.'));
    }
    await page(res);
  } catch (err) {
    status.log.warn({ event: 'status_failed', path, err }, 'a status request failed');
    if (res.headersSent) res.destroy();
    else sendJson(res, 500, refusal('The request failed. See the worker’s log.'));
  }
}

function pageOf(path: string, status: Status): ((res: ServerResponse) => Promise<void>) | undefined {
  switch (path) {
    case '/livez':
      return (res) => Promise.resolve(sendJson(res, 200, { alive: true }));
    case '/readyz':
      return async (res) => {
        const readiness = await status.readiness();
        sendJson(res, readiness.ready ? 200 : 503, readiness);
      };
    case '/metrics':
      return async (res) => send(res, 200, 'text/plain; version=0.0.4; charset=utf-8', await status.metricsText());
    default:
      return undefined;
  }
}

const refusal = (message: string) => ({ error: { message } });

const sendJson = (res: ServerResponse, code: number, body: object): void =>
  send(res, code, 'application/json; charset=utf-8', JSON.stringify(body));

function send(res: ServerResponse, code: number, type: string, body: string): void {
  res.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  res.end(body);
}
