import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { overLimit, type LimitName } from '../core/limits/over-limit.ts';
import type { Lane } from '../core/metrics/metric.ts';
import { isoTime } from '../core/runtime/iso-time.ts';
import type { Events } from '../core/views/public-events.ts';
import { showEvent } from '../core/wire/event-wire.ts';
import type { Authentication } from './authentication.ts';
import { eventCaching } from './caching.ts';
import { asTrpcError, errorHeaders, errorShape } from './errors.ts';
import { eventIdsOfBatch } from './event-batch.ts';
import { createEventListing } from './event-listing.ts';
import { batchReply, createHeaders, type Answer, type HotLane } from './hot-lane.ts';
import type { Limits } from './limits/limits.ts';
import type { RefusalPace } from './limits/refusal-pace.ts';
import { createHostCheck } from './plain-request.ts';

export type ReadLaneDeps = {
  events: Events;
  clock: { nowMs(eventId?: string): number };
  corsOrigins: readonly string[];
  countRequest: (lane: Lane, status: number) => void;
  /** Called for each error, as tRPC's adapter calls its `onError`. */
  onError: (error: TRPCError, path: string) => void;
  isClosing: () => boolean;
  authentication: Pick<Authentication, 'payer'>;
  /** Null if calls are not limited. */
  limits: Pick<Limits, 'calls'> | null;
  pace: RefusalPace;
};

type Question = {
  path: string;
  caching: string;
  /** Returns the serialized answer. */
  ask: () => Promise<string | Buffer>;
  /** Whether the call is a batch of one. */
  batch?: boolean;
};

/** The calls that a URL makes, and how the answers to the first `allowed` of them are sent; the others are refused. */
type Reply = {
  calls: number;
  send: (res: ServerResponse, origin: string | undefined, allowed: Allowed) => Promise<void>;
};

/** How many calls of a request may pass, and the limit that refuses the others. */
type Allowed = { calls: number; limit: LimitName };

/** The URL as tRPC's client writes it. tRPC's Express adapter handles every other spelling of the same call. */
const eventUrl = /^\/trpc\/event\.get\?input=%7B%22eventId%22%3A%22([A-Za-z0-9_-]{1,64})%22%7D$/;

/**
 * The URLs that list events without conditions: as people type them, as the pages send them, and as the typed client
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
 * Thousands of pages that watch one event send the same call, and core caches its answer for half a second. Batches of
 * `event.get` are served here too, because they are the cheapest way to ask for many made-up ids, and tRPC's Express
 * adapter spends 3 ms of CPU on a batch of ten. Both lanes give the same answers: tests/api/read-lane.test.ts compares
 * them.
 */
export function createReadLane(deps: ReadLaneDeps): HotLane {
  const { events, clock, onError, countRequest, isClosing, pace } = deps;
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

  const answer = async (
    res: ServerResponse,
    origin: string | undefined,
    question: Question,
    allowed: Allowed,
  ): Promise<void> => {
    const { path, caching, ask, batch = false } = question;
    try {
      if (allowed.calls === 0) throw overLimit(allowed.limit);
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

  const answerBatch = async (
    res: ServerResponse,
    origin: string | undefined,
    eventIds: string[],
    allowed: Allowed,
  ): Promise<void> => {
    const seen = eventIds.map((eventId, at) =>
      at < allowed.calls ? seeOrRefuse(eventId) : Promise.resolve(refuse(overLimit(allowed.limit), 'event.get')),
    );
    const { status, headers, json } = batchReply(await Promise.all(seen));
    send(res, status, [...headersFor(origin), ...headers, 'cache-control', 'no-store'], json);
  };

  const replyTo = (url: string): Reply | null => {
    const question = questionOf(url);
    if (question !== null) {
      return { calls: 1, send: (res, origin, allowed) => answer(res, origin, question, allowed) };
    }
    const eventIds = eventIdsOfBatch(url);
    if (eventIds === null) return null;
    return {
      calls: eventIds.length,
      send: (res, origin, allowed) => answerBatch(res, origin, eventIds, allowed),
    };
  };

  return {
    take: (req, res) => {
      if (req.method !== 'GET' || req.url === undefined) return false;
      const reply = replyTo(req.url);
      if (reply === null || !isPlain(req, isPlainHost)) return false;
      const allowed = charge(deps, req, reply.calls);
      if (allowed === null) return false;
      inHand += 1;
      const begin = (): void => {
        void reply.send(res, req.headers.origin, allowed).finally(() => {
          inHand -= 1;
        });
      };
      if (allowed.calls === 0) pace(begin);
      else begin();
      return true;
    },
    inHand: () => inHand,
  };
}

/** Charges the caller. Null if the token can't be checked at once; tRPC's Express adapter then waits for the check. */
function charge(
  { authentication, limits }: Pick<ReadLaneDeps, 'authentication' | 'limits'>,
  req: IncomingMessage,
  calls: number,
): Allowed | null {
  if (limits === null) return { calls, limit: 'address' };
  const payer = authentication.payer(req.headers.authorization);
  if (payer instanceof Promise) return null;
  if (payer === null) return { calls: limits.calls.ofAddress('read', req, calls), limit: 'address' };
  return { calls: limits.calls.ofUser('read', payer.userId, 'reads', calls), limit: 'user_reads' };
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
