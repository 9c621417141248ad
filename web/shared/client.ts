import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../api/router.ts';
import { readRetryAfter } from './back-off.ts';
import { NotSignedIn, type Identity } from './identity.ts';

type Outputs = inferRouterOutputs<AppRouter>;
export type EventView = Outputs['event']['get'];
export type ClaimAnswer = Outputs['claim']['submit'];
export type ListedCoupon = Outputs['claim']['list'][number];
export type OwnClaim = NonNullable<Outputs['claim']['mine']>;

/**
 * The API calls of the pages for users. Each call is a separate request. Public calls send no token, so a cache may
 * answer them. Claims have the form that the server's fast lane accepts. If the server refuses a token, the client gets
 * a new token and repeats the call once.
 */
export type FirstcomeClient = {
  getEvent: (eventId: string, signal: AbortSignal) => Promise<EventView>;
  listEvents: (signal: AbortSignal) => Promise<EventView[]>;
  getTime: () => Promise<Outputs['clock']['get']>;
  submitClaim: (eventId: string) => Promise<ClaimAnswer>;
  getMyClaim: (eventId: string, signal: AbortSignal) => Promise<OwnClaim | null>;
  listMyCoupons: (signal: AbortSignal) => Promise<ListedCoupon[]>;
};

export function createClient(identity: Identity): FirstcomeClient {
  /** Makes a call with the user's token. */
  const ownCall = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const callOnce = async (): Promise<Answer> => {
      const authorization = `Bearer ${await identity.token()}`;
      return call(path, { ...init, headers: { ...init.headers, authorization } });
    };
    try {
      return await callOnce();
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== 'UNAUTHORIZED') throw error;
      identity.forget();
      return callOnce();
    }
  };
  return {
    getEvent: (eventId, signal) => call(withInput('event.get', { eventId }), { signal }),
    listEvents: (signal) => call(withInput('event.list', {}), { signal }),
    getTime: () => call('clock.get', {}),
    submitClaim: (eventId) =>
      ownCall('claim.submit', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ eventId }),
      }),
    getMyClaim: (eventId, signal) => ownCall(withInput('claim.mine', { eventId }), { signal }),
    listMyCoupons: (signal) => ownCall(withInput('claim.list', {}), { signal }),
  };
}

/** Builds a query's URL exactly as tRPC's own client does, because the server's fast lanes know only that form. */
const withInput = (procedure: string, input: object): string =>
  `${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;

/** Why a call failed, by what the page should do next. */
export type Failure =
  /** Nobody is signed in, so repeating the call is useless. `isSure` is false if the site could not be asked. */
  | { kind: 'not_signed_in'; isSure: boolean }
  /** The answer is final: what the call asks for does not exist, or the call is wrong. */
  | { kind: 'refused'; code: string }
  /** The outcome is unknown, so repeat the same call. */
  | { kind: 'undecided'; retryAfterMs: number };

/** The server answered a call with an error. */
class CallFailed extends Error {
  override name = 'CallFailed';
  /** The error's tRPC code. Undefined if the answer does not come from the API, but from a proxy, for example. */
  readonly code: string | undefined;
  readonly retryAfterMs: number;

  constructor(path: string, response: Response, code: string | undefined) {
    super(`${path} failed: ${response.status} ${code ?? ''}`);
    this.code = code;
    this.retryAfterMs = readRetryAfter(response.headers.get('retry-after'), Date.now());
  }
}

const refusals = new Set(['NOT_FOUND', 'BAD_REQUEST', 'FORBIDDEN', 'PAYLOAD_TOO_LARGE', 'METHOD_NOT_SUPPORTED']);

export function failureOf(error: unknown): Failure {
  if (error instanceof NotSignedIn) return { kind: 'not_signed_in', isSure: error.isSure };
  if (!(error instanceof CallFailed)) return { kind: 'undecided', retryAfterMs: 0 };
  const { code, retryAfterMs } = error;
  if (code === 'UNAUTHORIZED') return { kind: 'not_signed_in', isSure: true };
  return code !== undefined && refusals.has(code) ? { kind: 'refused', code } : { kind: 'undecided', retryAfterMs };
}

/**
 * The server answers within 2 s, even if only to report that it can't decide. If no answer arrives within this time,
 * the call is lost.
 */
const callMs = 6_000;

/** Calls a procedure of the API at the page's origin. Throws `CallFailed`, or `fetch`'s own error. */
async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const late = new AbortController();
  const { signal } = init;
  const giveUp = (): void => late.abort();
  signal?.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, callMs);
  try {
    const response = await fetch(`/trpc/${path}`, { ...init, signal: late.signal });
    // The time limit includes reading the body, which is small.
    const body: unknown = await response.json().catch(() => null);
    const { result, error } = (typeof body === 'object' && body !== null ? body : {}) as Body<Answer>;
    if (result !== undefined) return result.data;
    throw new CallFailed(path, response, error?.data?.code);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** The body that the API sends. A proxy may send anything else. */
type Body<Answer> = { result?: { data: Answer }; error?: { data?: { code?: string } } };
