import { createSigner } from 'fast-jwt';
import { limits } from '../events/event.ts';
import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import type { Role } from './actor.ts';
import { defaultTokenRules, type TokenRules } from './token-rules.ts';

/** Whose token it is: a user's without a role, an admin's with one. */
export type TokenClaims = { sub: string; role?: Role | undefined };

/**
 * Makes tokens that an API with the same `secret` (its `AUTH_SECRET`) and rules takes for `ttlMs` from `nowMs` on: JWTs
 * signed with HS256, which count whole seconds. Throws `bad_request` for a `sub` that is no user id. How long a token with
 * a role may live is for the caller to keep.
 */
export function createTokenMint(
  secret: string,
  { issuer, audience }: Pick<TokenRules, 'issuer' | 'audience'> = defaultTokenRules,
): (claims: TokenClaims, ttlMs: number, nowMs: number) => string {
  const sign = createSigner({ key: secret, algorithm: 'HS256' });
  const told = { ...(issuer !== null && { iss: issuer }), ...(audience !== null && { aud: audience }) };
  return ({ sub, role }, ttlMs, nowMs) => {
    if (!limits.userId.test(sub)) {
      throw new Fault('bad_request', 'A token needs a user id.', {
        issues: [{ path: ['sub'], ...say('printable_id') }],
      });
    }
    const iat = Math.floor(nowMs / 1_000);
    return sign({ ...told, sub, ...(role === undefined ? {} : { role }), iat, exp: iat + Math.ceil(ttlMs / 1_000) });
  };
}
