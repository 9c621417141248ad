import type { IncomingMessage, ServerResponse } from 'node:http';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { TRPCError } from '@trpc/server';
import type { Events } from '../core/platform.ts';
import { asTrpcError, errorHeaders, errorShape } from './errors.ts';
import { eventCaching, showEvent } from './event-output.ts';
import { createHeaders, createHostCheck, type HotLane } from './hot-lane.ts';
import type { Lane } from './metrics.ts';

export type ReadLaneDeps = {
  events: Events;
  clock: { nowMs(): number };
  corsOrigins: readonly string[];
  countRequest: (lane: Lane, status: number) => void;
  /** Is told of errors as tRPC's adapter tells of them. */
  onError: (error: TRPCError, path: string) => void;
  isClosing: () => boolean;
};

const path = 'event.get';
/** As tRPC's client writes it. Whatever else means the same goes to the stock adapter. */
const url = /^\/trpc\/event\.get\?input=%7B%22eventId%22%3A%22([A-Za-z0-9_-]{1,64})%22%7D$/;

/**
 * Serves `event.get` as open pages ask it, straight from `node:http`: thousands of pages that watch one event ask the same
 * question, and core remembers its answer for half a second. The answer is the stock adapter's, and
 * tests/api/read-lane.test.ts holds both together.
 */
export function createReadLane(deps: ReadLaneDeps): HotLane {
  const headersFor = createHeaders(deps.corsOrigins);
  const isPlainHost = createHostCheck();
  let inHand = 0;

  const send = (res: ServerResponse, status: number, headers: string[], json: string): void => {
    headers.push('content-length', String(Buffer.byteLength(json)));
    if (deps.isClosing()) headers.push('connection', 'close');
    res.writeHead(status, headers);
    res.end(json);
    deps.countRequest('hot', status);
  };

  return {
    take: (req, res) => {
      if (req.method !== 'GET' || req.url === undefined || !req.url.startsWith('/trpc/event.get?')) return false;
      const eventId = url.exec(req.url)?.[1];
      if (eventId === undefined || !isPlain(req, isPlainHost)) return false;
      const { origin } = req.headers;
      inHand += 1;
      void deps.events.get(eventId).then(
        (view) => {
          inHand -= 1;
          const data = showEvent(view, deps.clock.nowMs());
          const headers = [...headersFor(origin), 'cache-control', eventCaching];
          send(res, 200, headers, JSON.stringify({ result: { data } }));
        },
        (cause: unknown) => {
          inHand -= 1;
          const error = asTrpcError(cause);
          deps.onError(error, path);
          const headers = [...headersFor(origin), ...errorHeaders([error]).flat(), 'cache-control', 'no-store'];
          send(res, getHTTPStatusCodeFromError(error), headers, JSON.stringify({ error: errorShape(error, path) }));
        },
      );
      return true;
    },
    inHand: () => inHand,
  };
}

/** Whether the headers show a plain question: no body, no other form of answer, a host of which a URL can be made. */
function isPlain(
  { headers, rawHeaders }: IncomingMessage,
  isPlainHost: (host: string | undefined) => boolean,
): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
  return (
    hosts === 1 &&
    isPlainHost(headers.host) &&
    headers['content-type'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers['trpc-accept'] === undefined &&
    headers.accept?.includes('jsonl') !== true
  );
}
