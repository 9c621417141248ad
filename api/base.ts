import { initTRPC } from '@trpc/server';
import type { Actor } from '../core/access/actor.ts';
import { isKeyActor, keyActor } from '../core/access/api-key.ts';
import { say } from '../core/messages/message.ts';
import type { Context } from './context.ts';
import { asTrpcError, errorShape, RefusedCall } from './errors.ts';
import { hasRole, type Caller, type Role } from './token.ts';

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ error, path, type, input, ctx }) =>
    errorShape(error, path, { type, input, procedures: ctx?.procedures }),
  sse: { enabled: false },
});

export const router = t.router;

/** Open to everybody; a token, if any, is ignored. */
export const publicProcedure = t.procedure.use(async ({ ctx, path, next }) => {
  spend(ctx, path);
  const result = await next();
  return result.ok ? result : { ...result, error: asTrpcError(result.error) };
});

/** Open to everybody with a valid token. */
export const userProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const { userId } = await ctx.user();
  return next({ ctx: { userId } });
});

export const viewerProcedure = procedureFor('viewer');
export const operatorProcedure = procedureFor('operator');
export const adminProcedure = procedureFor('admin');

/**
 * For procedures that look up a single claim. Limits each admin's look-ups, so that a stolen token can't go through all
 * users at once.
 */
export const lookUpProcedure = viewerProcedure.use(async ({ ctx, next }) => {
  await ctx.lookUps?.take(ctx.actor.name);
  return next();
});

/** Throws if the call is over a limit. */
function spend({ spend: use }: Context, path: string): void {
  try {
    use?.(path);
  } catch (err) {
    throw asTrpcError(err);
  }
}

function procedureFor(role: Role) {
  return publicProcedure.use(async ({ ctx, next, getRawInput }) => {
    const caller = await ctx.caller();
    requireRole(caller, role);
    return next({ ctx: { actor: actorOf(caller, await getRawInput()) } });
  });
}

/** Throws `FORBIDDEN` unless the caller has the role or a higher one. */
export function requireRole(caller: Caller, role: Role): void {
  if (hasRole(caller, role)) return;
  throw new RefusedCall('FORBIDDEN', say('needs_role', { role, holder: 'keyName' in caller ? 'api_key' : 'token' }));
}

/** The caller as the audit trail records it, with the reason for a change if the call's input has one. */
function actorOf(caller: Caller, input: unknown): Actor {
  const known = { name: callerName(caller), role: caller.role, door: 'api' } as const;
  const actor = 'keyName' in caller ? { ...known, keyId: caller.keyId } : known;
  const { reason } = (input ?? {}) as { reason?: unknown };
  return typeof reason === 'string' ? { ...actor, reason } : actor;
}

/**
 * The caller's name in the audit trail. Throws `FORBIDDEN` if a user's id begins like an API key's name, because such
 * names are reserved.
 */
export function callerName(caller: Caller): string {
  if ('keyName' in caller) return keyActor(caller.keyName);
  if (!isKeyActor(caller.userId)) return caller.userId;
  throw new RefusedCall('FORBIDDEN', say('reserved_user', { userId: caller.userId }));
}
