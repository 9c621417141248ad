import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import type { AppRouter } from '../../api/router.ts';

/**
 * A client of the API at `url`, in which one call is one request. If the client outlives its token, pass a function,
 * which is called for each request.
 */
export function createApiClient(url: string, token?: string | (() => string)): TRPCClient<AppRouter> {
  const headers = () =>
    token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : token()}` };
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, headers })] });
}
