import { roles, type Role } from '../core/access/actor.ts';
import { limits } from '../core/events/event.ts';
import { unauthorized } from './token-refusal.ts';

export type { Role };

/** The user that a token names. */
export type User = { userId: string; role: Role | null };

/** The caller: a user with a token, or a machine with an API key. A machine is not a user. */
export type Caller = User | { keyId: string; keyName: string; role: Role; endsAtMs: number | null };

const rank: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

/** Whether `caller` has `role` or one that includes it. */
export const hasRole = (caller: Caller, role: Role): boolean => caller.role !== null && rank[caller.role] >= rank[role];

/**
 * Returns the highest role in `claim`, which is a string or a list of strings. Ignores entries that are not in `roles`.
 */
export function highestRole(claim: unknown): Role | null {
  if (isRole(claim)) return claim;
  if (!Array.isArray(claim)) return null;
  return claim
    .filter(isRole)
    .reduce<Role | null>((best, role) => (best && rank[best] > rank[role] ? best : role), null);
}

export const isRole = (value: unknown): value is Role => (roles as readonly unknown[]).includes(value);

/** Returns the token from an `Authorization: Bearer <token>` header. Throws `UNAUTHORIZED`. */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw unauthorized('missing', { header: 'none' });
  if (authorization.startsWith('Bearer ') || /^bearer /i.test(authorization)) return authorization.slice(7);
  throw unauthorized('missing', { header: 'other' });
}

/**
 * Returns the value of a token's claim if it is a user id; otherwise throws `UNAUTHORIZED`. `claim` is the name of the
 * claim, for the error message.
 */
export function mustBeUserId(value: unknown, claim: string): string {
  if (typeof value === 'string' && limits.userId.test(value)) return value;
  throw unauthorized('bad_sub', { claim });
}
