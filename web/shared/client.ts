import { createTRPCClient, httpLink, retryLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../api/router.ts';
import { readRetryAfter } from './back-off.ts';
import { NotSignedIn, type Identity } from './identity.ts';

export type FirstcomeClient = TRPCClient<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;
export type EventView = Outputs['event']['get'];
export type ClaimAnswer = Outputs['claim']['submit'];
export type ListedCoupon = Outputs['claim']['list'][number];
export type OwnClaim = NonNullable<Outputs['claim']['mine']>;

/** The server answers within 2 s, so after this time the call is lost. */
const callMs = 6_000;

/**
 * A client for the API at the page's origin. Calls are not batched, so that caches can answer public ones and claims
 * take the hot lane. Renews the token once if the server refuses it.
 */
export function createClient(identity: Identity): FirstcomeClient {
  return createTRPCClient<AppRouter>({
    links: [
      retryLink({
        retry: ({ error, attempts }) => {
          if (attempts > 1 || codeOf(error) !== 'UNAUTHORIZED') return false;
          identity.forget();
          return true;
        },
      }),
      httpLink({
        url: '/trpc',
        headers: async ({ op }) =>
          op.path.startsWith('claim.') ? { authorization: `Bearer ${await identity.token()}` } : {},
        // tRPC always passes the URL as text.
        fetch: (url, init) => fetchInTime(url as string, init as RequestInit),
      }),
    ],
  });
}

/** Why a call failed, and so what to do next. */
export type Failure =
  /** Nobody is signed in, so repeating the call is useless. `isSure` is false if the site could not be asked. */
  | { kind: 'not_signed_in'; isSure: boolean }
  /** The answer is final: the thing does not exist, or the call is wrong. */
  | { kind: 'refused'; code: string }
  /** The outcome is unknown, so repeat the same call. */
  | { kind: 'undecided'; retryAfterMs: number };

const refusals = new Set(['NOT_FOUND', 'BAD_REQUEST', 'FORBIDDEN', 'PAYLOAD_TOO_LARGE', 'METHOD_NOT_SUPPORTED']);

export function failureOf(error: unknown): Failure {
  if (error instanceof NotSignedIn) return { kind: 'not_signed_in', isSure: error.isSure };
  if (!(error instanceof TRPCClientError)) return { kind: 'undecided', retryAfterMs: 0 };
  if (error.cause instanceof NotSignedIn) return { kind: 'not_signed_in', isSure: error.cause.isSure };
  const code = codeOf(error);
  if (code === 'UNAUTHORIZED') return { kind: 'not_signed_in', isSure: true };
  if (code !== undefined && refusals.has(code)) return { kind: 'refused', code };
  const response: unknown = error.meta?.['response'];
  const header = response instanceof Response ? response.headers.get('retry-after') : null;
  return { kind: 'undecided', retryAfterMs: readRetryAfter(header, Date.now()) };
}

function codeOf(error: { data?: unknown }): string | undefined {
  const { data } = error;
  return typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string'
    ? data.code
    : undefined;
}

async function fetchInTime(url: string, init: RequestInit): Promise<Response> {
  const late = new AbortController();
  const { signal } = init;
  const giveUp = (): void => late.abort();
  signal?.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, callMs);
  try {
    const response = await fetch(url, { ...init, signal: late.signal });
    // The body counts toward the time limit too.
    const body = await response.arrayBuffer();
    return new Response(response.status === 204 ? null : body, response);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
