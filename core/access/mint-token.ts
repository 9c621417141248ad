import { createSigner } from 'fast-jwt';
import { limits } from '../events/event.ts';
import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import type { Role } from './actor.ts';
import { defaultTokenRules, type TokenRules } from './token-rules.ts';

/** A user without a role, or an admin with one. */
export type TokenClaims = { sub: string; role?: Role | undefined };

/**
 * Makes tokens: JWTs signed with HS256, valid for `ttlMs` from `nowMs` on, in whole seconds. An API whose `AUTH_SECRET`
 * is `secret`, and that has the same rules, accepts the tokens. Throws `bad_request` if `sub` is not a valid user id.
 * Does not limit how long a token with a role may live.
 */
export function createTokenMint(
  secret: string,
  { issuer, audience }: Pick<TokenRules, 'issuer' | 'audience'> = defaultTokenRules,
): (claims: TokenClaims, ttlMs: number, nowMs: number) => string {
  const sign = createSigner({ key: secret, algorithm: 'HS256' });
  const issuerClaims = { ...(issuer !== null && { iss: issuer }), ...(audience !== null && { aud: audience }) };
  return ({ sub, role }, ttlMs, nowMs) => {
    if (!limits.userId.test(sub)) {
      throw new Fault('bad_request', say('token_needs_user'), {
        issues: [{ path: ['sub'], ...say('printable_id') }],
      });
    }
    const iat = Math.floor(nowMs / 1_000);
    return sign({
      ...issuerClaims,
      sub,
      ...(role === undefined ? {} : { role }),
      iat,
      exp: iat + Math.ceil(ttlMs / 1_000),
    });
  };
}
