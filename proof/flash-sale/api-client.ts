import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import type { AppRouter } from '../../api/router.ts';

/**
 * A client of the API at `url`, without batching, so that one call is one request. Pass a function to get a token for
 * each call, if the client outlives one token.
 */
export function createApiClient(url: string, token?: string | (() => string)): TRPCClient<AppRouter> {
  const headers = () =>
    token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : token()}` };
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, headers })] });
}
