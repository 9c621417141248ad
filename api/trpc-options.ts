import type { AnyRouter, TRPCError } from '@trpc/server';
import type { ResponseMetaFn } from '@trpc/server/http';
import type { Request } from 'express';
import { overLimit } from '../core/limits/over-limit.ts';
import { hasApiKey, type Authentication } from './authentication.ts';
import { eventCaching } from './caching.ts';
import type { Context, Services } from './context.ts';
import { asTrpcError, errorHeaders } from './errors.ts';
import { batchCallsMax } from './http-limits.ts';
import { spendOf } from './limits/spend.ts';
import type { Limits } from './limits/limits.ts';
import type { ReportError } from './report-error.ts';
import { RefusedToken } from './token-refusal.ts';

type Deps = {
  router: AnyRouter;
  services: Services;
  authentication: Authentication;
  corsOrigins: readonly string[];
  reportError: ReportError;
  /** Null if calls are not limited. */
  limits: Pick<Limits, 'calls'> | null;
};

/** tRPC's options, shared by all of its adapters here. */
export function trpcOptions({ router, services, authentication, corsOrigins, reportError, limits }: Deps) {
  const procedures = proceduresOf(router);
  return {
    router,
    maxBatchSize: batchCallsMax,
    createContext: ({ req, progress }: { req: Request; progress?: Context['progress'] }): Context => ({
      ...services,
      ...whoCalls(authentication, req, limits),
      spend: spendOf(req),
      progress,
      procedures,
    }),
    onError: ({ error, path }: { error: TRPCError; path: string | undefined }) => reportError(error, path),
    responseMeta: ({ errors, type, info }: Parameters<ResponseMetaFn<AnyRouter>>[0]) => {
      const headers = new Headers(errorHeaders(errors));
      // tRPC overwrites the `Vary` that the CORS middleware has set.
      if (corsOrigins.length > 0) headers.append('vary', 'Origin');
      if (type === 'query') headers.append('cache-control', cachingOf(info, errors.length > 0));
      return { headers };
    },
  };
}

/** The paths of all procedures. */
export const proceduresOf = (router: AnyRouter): string[] => Object.keys(router._def.procedures as object);

export type TrpcOptions = ReturnType<typeof trpcOptions>;

/**
 * No cache may keep answers to queries, because they may contain a user's code. The exception is the public answer for
 * one event: an intermediate cache may keep it for a second, so that it can serve the crowd that watches the event.
 */
function cachingOf(info: { isBatchCall: boolean; calls: { path: string }[] } | undefined, failed: boolean): string {
  const shared = info?.isBatchCall === false && info.calls[0]?.path === 'event.get' && !failed;
  return shared ? eventCaching : 'no-store';
}

/**
 * Checks the token when a procedure first asks for it, once for all calls of a batch. A refused API key is charged to
 * the caller's address only now, because only now is the refusal known.
 */
function whoCalls(
  authentication: Authentication,
  req: Request,
  limits: Pick<Limits, 'calls'> | null,
): Pick<Context, 'user' | 'caller'> {
  const { authorization } = req.headers;
  let user: ReturnType<Context['user']> | undefined;
  let caller: ReturnType<Context['caller']> | undefined;
  const chargeRefused = (err: unknown): never => {
    const isRefusedKey = err instanceof RefusedToken && hasApiKey(authorization);
    if (isRefusedKey && limits?.calls.ofAddress('stock', req, 1) === 0) throw asTrpcError(overLimit('address'));
    throw err;
  };
  return {
    user: () => (user ??= authentication.user(authorization)),
    caller: () => (caller ??= authentication.caller(authorization).catch(chargeRefused)),
  };
}
