import { createTRPCClient, httpBatchLink, splitLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../router.ts';

export type FirstcomeClientOptions = {
  /** Where the API is: `https://coupons.example.com`, with the path in front of `/trpc` if it has one. */
  url: string | URL;
  /** A token, or what gives one; asked before each request, so that tokens may be renewed. Public calls need none. */
  token?: string | (() => string | Promise<string>) | undefined;
};

/** `client.claim.submit.mutate({ eventId })`, `client.event.get.query({ eventId })` and so on. */
export type FirstcomeClient = TRPCClient<AppRouter>;

/**
 * A client of a Firstcome API. Calls of the same moment share a request, at most 10 in each, which is all that the API
 * takes; those of admins are sent apart from the others, because a batch of both is refused. Calls reject with a `TRPCClientError`; see `isUndecided`.
 */
export function createFirstcomeClient({ url, token }: FirstcomeClientOptions): FirstcomeClient {
  const batches = () =>
    httpBatchLink<AppRouter>({
      url: `${String(url).replace(/\/+$/, '')}/trpc`,
      maxItems: 10,
      // What every proxy passes on; ten calls of `event.get` are below 1,000.
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
 * Whether it is unknown how a call ended: the API was busy or unavailable, or its answer was lost. A claim may exist
 * then, and the same call again is always right; it gives the same claim.
 */
export function isUndecided(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const { data } = error as FirstcomeError;
  // No data: nobody answered, or somebody on the way that doesn't speak for the API.
  return data === undefined || data === null || data.reason !== undefined;
}

export { TRPCClientError };
/** `error.data` has `code`, `httpStatus`, `problem` (the message as code and parameters), and `issues` for wrong input or `reason` for an undecided call. */
export type FirstcomeError = TRPCClientError<AppRouter>;

export type FirstcomeRouter = AppRouter;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;

export type EventView = RouterOutputs['event']['get'];
export type AdminEventView = RouterOutputs['admin']['event']['get'];
export type CreateEventInput = RouterInputs['admin']['event']['create'];
export type UpdateEventInput = RouterInputs['admin']['event']['update'];
/** How a claim was answered: `issued`, or why not. */
export type ClaimOutcome = RouterOutputs['claim']['submit'];
export type OwnClaim = NonNullable<RouterOutputs['claim']['mine']>;
export type ListedClaim = RouterOutputs['claim']['list'][number];
export type AdminClaim = RouterOutputs['admin']['claim']['list'][number];
