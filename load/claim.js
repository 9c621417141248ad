// Artillery's hooks around a virtual user's claim. Each of Artillery's worker threads runs this file.
import { readFileSync } from 'node:fs';
import { openAnswerLog } from './answer-log.js';
import { mintToken } from './token.js';

const { AUTH_SECRET, LOAD_ANSWERS, LOAD_EVENTS, LOAD_RUN, LOAD_SOURCES, LOAD_USERS, LOCAL_WORKER_ID } = process.env;
const { AUTH_SECRET_ISSUER: issuer, AUTH_SECRET_AUDIENCE: audience } = process.env;

/**
 * The events in the order in which they get users: `{ id, fromMs }`, with `fromMs` on this machine's monotonic clock.
 */
let events = readEvents();
// The runner may add events to the file during a load.
setInterval(() => (events = readEvents()), 1_000).unref();
/** How many users there are. With 0, each arrival is a new user. */
const users = Number(LOAD_USERS);
/** This machine's addresses from which to call. If the list is empty, the operating system chooses. */
const sources = LOAD_SOURCES === '' ? [] : LOAD_SOURCES.split(',');
const writeDown = openAnswerLog(LOAD_ANSWERS, LOCAL_WORKER_ID);
let arrived = 0;

/** Called when a user arrives. Sets the user's id, token and event. */
export function arrive(context, _metrics, next) {
  arrived += 1;
  const nowMs = monotonicMs();
  context.localAddress = sources[arrived % sources.length];
  context.userId =
    users > 0 ? `${LOAD_RUN}-${Math.floor(Math.random() * users)}` : `${LOAD_RUN}-${LOCAL_WORKER_ID}-${arrived}`;
  context.vars.token = mintToken(AUTH_SECRET, context.userId, Date.now(), { issuer, audience });
  context.vars.eventId = (events.findLast((event) => event.fromMs <= nowMs) ?? events[0]).id;
  next();
}

/** Called before each request. */
export function ask(request, context, _metrics, next) {
  // A refusal is a valid answer, not an HTTP error.
  request.throwHttpErrors = false;
  if (context.localAddress !== undefined) request.localAddress = context.localAddress;
  context.clicks = (context.clicks ?? 0) + 1;
  context.sentAtMs = monotonicMs();
  next();
}

/** Called after each answer. */
export function hear(_request, response, context, metrics, next) {
  recordAnswer(context, metrics, { status: response.statusCode, body: response.body });
  next();
}

/** Called if a request got no complete answer. This hook may be called twice for one request. */
export function hearNothing(error, _request, context, metrics, next) {
  recordAnswer(context, metrics, { error: error.code ?? error.message });
  next();
}

function recordAnswer(context, metrics, reply) {
  const { userId, clicks, sentAtMs } = context;
  if (sentAtMs === undefined) return;
  context.sentAtMs = undefined;
  const receivedAtMs = monotonicMs();
  const { eventId } = context.vars;
  writeDown(eventId, { userId, click: clicks, sentAtMs, receivedAtMs, ...reply });
  metrics.emit('counter', `claims.${kindOf(reply)}`, 1);
  metrics.emit('histogram', 'claims.latency_ms', receivedAtMs - sentAtMs);
}

/**
 * The kind that an answer has in Artillery's report. Refusals are good answers, as coupons are; `failed` should never
 * happen.
 */
function kindOf({ status, body }) {
  if (status === 429) return 'busy';
  if (status === 503) return 'unavailable';
  if (status !== 200) return 'failed';
  const outcome = parse(body)?.result?.data;
  if (outcome?.status === 'issued') return outcome.replayed ? 'replayed' : 'issued';
  return outcome?.status ?? 'failed';
}

function readEvents() {
  return JSON.parse(readFileSync(LOAD_EVENTS, 'utf8'));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A clock that never jumps, and is the same in all threads and processes of this machine. */
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
