import type { AnyRouter, TRPCError } from '@trpc/server';
import type { ResponseMetaFn } from '@trpc/server/http';
import type { Request } from 'express';
import type { Authentication } from './authentication.ts';
import { eventCaching } from './caching.ts';
import type { Context, Services } from './context.ts';
import { errorHeaders } from './errors.ts';
import { batchCallsMax } from './http-limits.ts';
import type { ReportError } from './report-error.ts';

type Deps = {
  router: AnyRouter;
  services: Services;
  authentication: Authentication;
  corsOrigins: readonly string[];
  reportError: ReportError;
};

/** tRPC's options, shared by all of its adapters here. */
export function trpcOptions({ router, services, authentication, corsOrigins, reportError }: Deps) {
  const procedures = proceduresOf(router);
  return {
    router,
    maxBatchSize: batchCallsMax,
    createContext: ({ req, progress }: { req: Request; progress?: Context['progress'] }): Context => ({
      ...services,
      ...whoCalls(authentication, req.headers.authorization),
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

/** Checks the token when a procedure first asks for the caller. All calls of a batch share the check. */
function whoCalls(authentication: Authentication, authorization: string | undefined): Pick<Context, 'user' | 'caller'> {
  let user: ReturnType<Context['user']> | undefined;
  let caller: ReturnType<Context['caller']> | undefined;
  return {
    user: () => (user ??= authentication.user(authorization)),
    caller: () => (caller ??= authentication.caller(authorization)),
  };
}
