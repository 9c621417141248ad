import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import type { AppRouter } from '../../api/router.ts';

/**
 * A caller of the API at `url`, without batches, so that one call is one request. A function gives the token of each call, for
 * those who call for longer than a token lasts.
 */
export function createApiClient(url: string, token?: string | (() => string)): TRPCClient<AppRouter> {
  const headers = () =>
    token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : token()}` };
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, headers })] });
}
