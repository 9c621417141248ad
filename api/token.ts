import { roles, type Role } from '../core/access/actor.ts';
import type { TokenRefusal } from '../core/access/token-refusal.ts';
import { limits } from '../core/events/event.ts';
import { RefusedToken } from './token-refusal.ts';

export type { Role };

/** Whose token it is, as the token says. */
export type User = { userId: string; role: Role | null };

/** Who calls: somebody with a token, or a machine with an API key, which is no user. */
export type Caller = User | { keyId: string; keyName: string; role: Role; endsAtMs: number | null };

const rank: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

/** Whether `caller` has `role` or one that includes it. */
export const hasRole = (caller: Caller, role: Role): boolean => caller.role !== null && rank[caller.role] >= rank[role];

/** The highest of the roles that `claim` names, a text or a list of texts; what is none of `roles` is no role. */
export function highestRole(claim: unknown): Role | null {
  if (isRole(claim)) return claim;
  if (!Array.isArray(claim)) return null;
  return claim
    .filter(isRole)
    .reduce<Role | null>((best, role) => (best && rank[best] > rank[role] ? best : role), null);
}

export const isRole = (value: unknown): value is Role => (roles as readonly unknown[]).includes(value);

/** The token of `Authorization: Bearer <token>`. Throws `UNAUTHORIZED`. */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw unauthorized('missing', 'Send a token: Authorization: Bearer <JWT>.');
  if (authorization.startsWith('Bearer ') || /^bearer /i.test(authorization)) return authorization.slice(7);
  throw unauthorized('missing', 'The Authorization header does not hold a bearer token.');
}

/** What a token says of its user as a user id; throws `UNAUTHORIZED` for what is none. `claim` is where it says so. */
export function mustBeUserId(value: unknown, claim: string): string {
  if (typeof value === 'string' && limits.userId.test(value)) return value;
  throw unauthorized('bad_sub', `The ${claim} of the token is not a user id.`);
}

export const unauthorized = (reason: TokenRefusal, message: string): RefusedToken => new RefusedToken(reason, message);
