import { initTRPC, TRPCError } from '@trpc/server';
import type { Actor } from '../core/access/actor.ts';
import { isKeyActor, keyActor } from '../core/access/api-key.ts';
import type { Context } from './context.ts';
import { asTrpcError, errorShape } from './errors.ts';
import { hasRole, type Caller, type Role } from './token.ts';

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ error, path }) => errorShape(error, path),
  sse: { enabled: false },
});

export const router = t.router;

/** For everybody; a token is not looked at. */
export const publicProcedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  return result.ok ? result : { ...result, error: asTrpcError(result.error) };
});

/** For everybody with a good token. */
export const userProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const { userId } = await ctx.user();
  return next({ ctx: { userId } });
});

export const viewerProcedure = procedureFor('viewer');
export const operatorProcedure = procedureFor('operator');
export const adminProcedure = procedureFor('admin');

function procedureFor(role: Role) {
  return publicProcedure.use(async ({ ctx, next, getRawInput }) => {
    const caller = await ctx.caller();
    if (!hasRole(caller, role)) {
      const what = 'keyName' in caller ? 'an API key' : 'a token';
      throw new TRPCError({ code: 'FORBIDDEN', message: `This needs ${what} with the role ${role}.` });
    }
    return next({ ctx: { actor: actorOf(caller, await getRawInput()) } });
  });
}

/** Who calls, and why: changes may carry a `reason`, which their input checks. */
function actorOf(caller: Caller, input: unknown): Actor {
  const known = { name: callerName(caller), role: caller.role, door: 'api' } as const;
  const actor = 'keyName' in caller ? { ...known, keyId: caller.keyId } : known;
  const { reason } = (input ?? {}) as { reason?: unknown };
  return typeof reason === 'string' ? { ...actor, reason } : actor;
}

/** What the audit trail calls a caller. Nobody but an API key is called like one. Throws `FORBIDDEN`. */
export function callerName(caller: Caller): string {
  if ('keyName' in caller) return keyActor(caller.keyName);
  if (!isKeyActor(caller.userId)) return caller.userId;
  const message = `A user id such as ${caller.userId} is that of no admin: API keys are called so.`;
  throw new TRPCError({ code: 'FORBIDDEN', message });
}
