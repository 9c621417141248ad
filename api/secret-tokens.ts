import { createVerifier, TokenError } from 'fast-jwt';
import type { TokenRefusal } from '../core/access/token-refusal.ts';
import { defaultTokenRules, livesTooLong, spanInWords, type TokenRules } from '../core/access/token-rules.ts';
import { createFastVerify } from './fast-verify.ts';
import { unauthorized, type RefusedToken } from './token-refusal.ts';
import { isRole, mustBeUserId, type User } from './token.ts';

/** Tokens signed with one of our secrets: HS256 only, `exp` required, and `sub` must be a user id. */
export type SecretTokens = {
  /** Returns the user of a valid token in the usual form; null if only `surely` can decide. Throws `UNAUTHORIZED`. */
  quickly(token: string): User | null;
  /** Returns the user of any valid token. Throws `UNAUTHORIZED`; the error never contains the token. */
  surely(token: string): User;
};

type Payload = { sub?: unknown; role?: unknown; iss?: unknown; aud?: unknown; iat?: unknown; exp?: unknown };
type Verify = (token: string) => Payload;

/**
 * Reads tokens signed with one of `secrets` (the current secret comes first) and enforces `rules`. Ignores a role that
 * isn't in `roles`.
 * fast-jwt's cache is off, because at an opening nearly every token is new. With the cache, a new token takes 12 us
 * instead of 5, and a known token takes 3.
 */
export function createSecretTokens(secrets: readonly string[], rules: TokenRules = defaultTokenRules): SecretTokens {
  const fast = secrets.map(createFastVerify);
  const sure = secrets.map((key): Verify =>
    createVerifier({ key, algorithms: ['HS256'], requiredClaims: ['exp'], cache: false }),
  );
  return {
    quickly: (token) => {
      for (const verify of fast) {
        const payload: Payload | null = verify(token);
        if (payload !== null) return userOf(payload, rules);
      }
      return null;
    },
    surely: (token) => userOf(firstPayload(sure, token), rules),
  };
}

function userOf(payload: Payload, { issuer, audience, roleMaxMs }: TokenRules): User {
  const { sub, role, iss, aud } = payload;
  if (issuer !== null && iss !== issuer) throw unauthorized('issuer');
  if (audience !== null && aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) {
    throw unauthorized('audience');
  }
  const userId = mustBeUserId(sub, 'sub');
  if (!isRole(role)) return { userId, role: null };
  if (livesTooLong(payload, roleMaxMs, Date.now())) throw livingTooLong(roleMaxMs);
  return { userId, role };
}

/** A token with a role whose lifetime exceeds this system's limit. */
export const livingTooLong = (roleMaxMs: number): Error =>
  unauthorized('role_too_long', { span: spanInWords(roleMaxMs) });

function firstPayload(verifiers: readonly Verify[], token: string): Payload {
  let reason: VerifyRefusal = 'signature';
  for (const verify of verifiers) {
    try {
      return verify(token);
    } catch (err) {
      // Keep the first error other than a signature mismatch: it comes from the key that signed the token.
      if (reason === 'signature') reason = refusalOf(err);
    }
  }
  throw refusedFor(reason);
}

/** The reasons for which fast-jwt refuses a token. */
type VerifyRefusal = Extract<
  TokenRefusal,
  'malformed' | 'signature' | 'expired' | 'not_yet' | 'no_exp' | 'issuer' | 'audience'
>;

/** Returns the error for a token that fast-jwt refused. */
export const refusedFor = (reason: VerifyRefusal): RefusedToken =>
  reason === 'malformed' ? unauthorized(reason, { keyName: 'given' }) : unauthorized(reason);

/** Returns fast-jwt's reason for a refusal. fast-jwt checks the signature before the claims. */
export function refusalOf(err: unknown): VerifyRefusal {
  if (!(err instanceof TokenError)) return 'malformed';
  switch (err.code) {
    case TokenError.codes.expired:
      return 'expired';
    case TokenError.codes.inactive:
      return 'not_yet';
    case TokenError.codes.invalidSignature:
      return 'signature';
    case TokenError.codes.missingRequiredClaim:
    case TokenError.codes.invalidClaimValue:
      // fast-jwt names the claim only in the error's message.
      return / iss /.test(err.message) ? 'issuer' : / aud /.test(err.message) ? 'audience' : 'no_exp';
    default:
      return 'malformed';
  }
}
