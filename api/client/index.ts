import { createTRPCClient, httpBatchLink, splitLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../router.ts';

export type FirstcomeClientOptions = {
  /** The API's URL: `https://coupons.example.com`, including any path in front of `/trpc`. */
  url: string | URL;
  /**
   * A token, or a function that returns one. A function is called before each request, so that it can renew the token.
   * Public calls need no token.
   */
  token?: string | (() => string | Promise<string>) | undefined;
};

/** `client.claim.submit.mutate({ eventId })`, `client.event.get.query({ eventId })` and so on. */
export type FirstcomeClient = TRPCClient<AppRouter>;

/**
 * A client of a Firstcome API. Calls made at the same moment share a request, with at most 10 calls in each, which is
 * the API's limit. Admin calls are sent separately, because the API refuses mixed batches. Calls reject with a
 * `TRPCClientError`; see `isUndecided`.
 */
export function createFirstcomeClient({ url, token }: FirstcomeClientOptions): FirstcomeClient {
  const batches = () =>
    httpBatchLink<AppRouter>({
      url: `${String(url).replace(/\/+$/, '')}/trpc`,
      maxItems: 10,
      // A URL length that every proxy accepts. A URL with ten calls to `event.get` has fewer than 1,000 characters.
      maxURLLength: 2_000,
      headers: async () => {
        const current = typeof token === 'function' ? await token() : token;
        return current === undefined ? {} : { authorization: `Bearer ${current}` };
      },
    });
  return createTRPCClient<AppRouter>({
    links: [splitLink({ condition: ({ path }) => path.startsWith('admin.'), true: batches(), false: batches() })],
  });
}

/**
 * Whether a call's outcome is unknown because the API was busy or unavailable, or because its answer was lost. The
 * claim may then exist. Repeating the same call is always safe and returns the same claim.
 */
export function isUndecided(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const { data } = error as FirstcomeError;
  // Without data, either no answer arrived, or an intermediary answered instead of the API.
  return data === undefined || data === null || data.reason !== undefined;
}

export { TRPCClientError };
/**
 * `error.data` has `code`, `httpStatus`, `problem` (the message as code and parameters), and `issues` for wrong input
 * or `reason` for an undecided call.
 */
export type FirstcomeError = TRPCClientError<AppRouter>;

export type FirstcomeRouter = AppRouter;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;

export type EventView = RouterOutputs['event']['get'];
export type AdminEventView = RouterOutputs['admin']['event']['get'];
export type CreateEventInput = RouterInputs['admin']['event']['create'];
export type UpdateEventInput = RouterInputs['admin']['event']['update'];
/** The outcome of a claim: `issued`, or the reason for a refusal. */
export type ClaimOutcome = RouterOutputs['claim']['submit'];
export type OwnClaim = NonNullable<RouterOutputs['claim']['mine']>;
export type ListedClaim = RouterOutputs['claim']['list'][number];
export type AdminClaim = RouterOutputs['admin']['claim']['list'][number];
