import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Lane } from '../core/metrics/metric.ts';
import { isoTime } from '../core/runtime/iso-time.ts';
import type { Events } from '../core/views/public-events.ts';
import { showEvent } from '../core/wire/event-wire.ts';
import { eventCaching } from './caching.ts';
import { asTrpcError, errorHeaders, errorShape } from './errors.ts';
import { eventIdsOfBatch } from './event-batch.ts';
import { createEventListing } from './event-listing.ts';
import { batchReply, createHeaders, type Answer, type HotLane } from './hot-lane.ts';
import { createHostCheck } from './plain-request.ts';

export type ReadLaneDeps = {
  events: Events;
  clock: { nowMs(eventId?: string): number };
  corsOrigins: readonly string[];
  countRequest: (lane: Lane, status: number) => void;
  /** Called for each error, as tRPC's adapter calls its `onError`. */
  onError: (error: TRPCError, path: string) => void;
  isClosing: () => boolean;
};

type Question = {
  path: string;
  caching: string;
  /** Returns the serialized answer. */
  ask: () => Promise<string | Buffer>;
  /** Whether the call is a batch of one. */
  batch?: boolean;
};

/** Sends the answer to a request. */
type Reply = (res: ServerResponse, origin: string | undefined) => Promise<void>;

/** The URL as tRPC's client writes it. tRPC's Express adapter handles every other spelling of the same call. */
const eventUrl = /^\/trpc\/event\.get\?input=%7B%22eventId%22%3A%22([A-Za-z0-9_-]{1,64})%22%7D$/;

/**
 * The URLs that list events without conditions, as people type them, as the pages send them and as the typed client
 * sends them.
 */
const listUrls: ReadonlyMap<string, 'single' | 'batch'> = new Map([
  ['/trpc/event.list', 'single'],
  ['/trpc/event.list?input=%7B%7D', 'single'],
  ['/trpc/event.list?batch=1&input=%7B%7D', 'batch'],
  ['/trpc/event.list?batch=1&input=%7B%220%22%3A%7B%7D%7D', 'batch'],
]);

/**
 * Serves `event.get`, `event.list` and `clock.get`, in the form that open pages send, directly from `node:http`.
 * Thousands of pages that watch one event ask the same question, and core caches its answer for half a second. Batches
 * of `event.get` are served here too, because they are the cheapest way to ask for many made-up ids, and tRPC's Express
 * adapter spends 3 ms of CPU on a batch of ten. Both give the same answers: tests/api/read-lane.test.ts compares them.
 */
export function createReadLane(deps: ReadLaneDeps): HotLane {
  const { events, clock, onError, countRequest, isClosing } = deps;
  const headersFor = createHeaders(deps.corsOrigins);
  const isPlainHost = createHostCheck();
  const see = createEventAnswer({ events, clock });
  const questionOf = createQuestions({ events, clock }, see);
  let inHand = 0;

  const send = (res: ServerResponse, status: number, headers: string[], body: string | Buffer): void => {
    headers.push('content-length', String(Buffer.byteLength(body)));
    if (isClosing()) headers.push('connection', 'close');
    res.writeHead(status, headers);
    res.end(body);
    countRequest('read', status);
  };

  const refuse = (cause: unknown, path: string) => {
    const error = asTrpcError(cause);
    onError(error, path);
    return { json: JSON.stringify({ error: errorShape(error, path) }), error };
  };

  const answer = async (res: ServerResponse, origin: string | undefined, question: Question): Promise<void> => {
    const { path, caching, ask, batch = false } = question;
    try {
      const body = await ask();
      send(res, 200, [...headersFor(origin), 'cache-control', caching], body);
    } catch (cause) {
      const { json, error } = refuse(cause, path);
      const headers = [...headersFor(origin), ...errorHeaders([error]).flat(), 'cache-control', 'no-store'];
      send(res, getHTTPStatusCodeFromError(error), headers, batch ? `[${json}]` : json);
    }
  };

  const seeOrRefuse = (eventId: string): Promise<Answer> =>
    see(eventId).then(
      (json) => ({ json, error: null }),
      (cause: unknown) => refuse(cause, 'event.get'),
    );

  const answerBatch = async (res: ServerResponse, origin: string | undefined, eventIds: string[]): Promise<void> => {
    const { status, headers, json } = batchReply(await Promise.all(eventIds.map(seeOrRefuse)));
    send(res, status, [...headersFor(origin), ...headers, 'cache-control', 'no-store'], json);
  };

  const replyTo = (url: string): Reply | null => {
    const question = questionOf(url);
    if (question !== null) return (res, origin) => answer(res, origin, question);
    const eventIds = eventIdsOfBatch(url);
    return eventIds && ((res, origin) => answerBatch(res, origin, eventIds));
  };

  return {
    take: (req, res) => {
      if (req.method !== 'GET' || req.url === undefined) return false;
      const reply = replyTo(req.url);
      if (reply === null || !isPlain(req, isPlainHost)) return false;
      inHand += 1;
      void reply(res, req.headers.origin).finally(() => {
        inHand -= 1;
      });
      return true;
    },
    inHand: () => inHand,
  };
}

type Reads = Pick<ReadLaneDeps, 'events' | 'clock'>;

/** Returns the serialized answer to `event.get`. */
const createEventAnswer =
  ({ events, clock }: Reads) =>
  async (eventId: string): Promise<string> =>
    resultOf(showEvent(await events.get(eventId), clock.nowMs(eventId)));

/** Returns the call that a URL makes; null if this lane doesn't serve it, or if it is a batch of several calls. */
function createQuestions(
  { events, clock }: Reads,
  see: (eventId: string) => Promise<string>,
): (url: string) => Question | null {
  const listing = createEventListing({ events, clock });
  return (url) => {
    if (url === '/trpc/clock.get') {
      const ask = () => Promise.resolve(resultOf({ serverTime: isoTime(clock.nowMs()) }));
      return { path: 'clock.get', caching: 'no-store', ask };
    }
    const form = listUrls.get(url);
    if (form !== undefined) {
      const ask = async () => (await listing())[form];
      return { path: 'event.list', caching: 'no-store', ask, batch: form === 'batch' };
    }
    const eventId = eventUrl.exec(url)?.[1];
    if (eventId === undefined) return null;
    return { path: 'event.get', caching: eventCaching, ask: () => see(eventId) };
  };
}

const resultOf = (data: object): string => JSON.stringify({ result: { data } });

/** Whether the headers show a plain request: no body, no other answer format, and a host that can be part of a URL. */
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
