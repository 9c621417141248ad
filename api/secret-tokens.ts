import { createVerifier, TokenError } from 'fast-jwt';
import { createFastVerify } from './fast-verify.ts';
import { isRole, mustBeUserId, unauthorized, type User } from './token.ts';

/** Tokens that are signed with a secret which we know: HS256 only, `exp` required, `sub` a user id. */
export type SecretTokens = {
  /** The user of the usual kind of good token; null when it takes a longer look. Throws `UNAUTHORIZED`. */
  quickly(token: string): User | null;
  /** The user of any good token. Throws `UNAUTHORIZED`, which never holds the token. */
  surely(token: string): User;
};

type Payload = { sub?: unknown; role?: unknown };
type Verify = (token: string) => Payload;

/**
 * Reads tokens that one of `secrets` has signed, the one in use first. A role that is none of `roles` is no role.
 *
 * Without fast-jwt's cache: with it a token seen for the first time takes 12 us instead of 5, and a known one 3; at
 * an opening nearly every token is new.
 */
export function createSecretTokens(secrets: readonly string[]): SecretTokens {
  const fast = secrets.map(createFastVerify);
  const sure = secrets.map((key): Verify =>
    createVerifier({ key, algorithms: ['HS256'], requiredClaims: ['exp', 'sub'], cache: false }),
  );
  return {
    quickly: (token) => {
      for (const verify of fast) {
        const payload: Payload | null = verify(token);
        if (payload !== null) return userOf(payload);
      }
      return null;
    },
    surely: (token) => userOf(firstPayload(sure, token)),
  };
}

function userOf({ sub, role }: Payload): User {
  return { userId: mustBeUserId(sub, 'sub'), role: isRole(role) ? role : null };
}

function firstPayload(verifiers: readonly Verify[], token: string): Payload {
  let expired = false;
  for (const verify of verifiers) {
    try {
      return verify(token);
    } catch (err) {
      expired ||= isExpired(err);
    }
  }
  throw unauthorized(expired ? 'The token has expired.' : 'The token is not valid.');
}

/** Whether a token was good once. Its signature is checked before its time. */
export const isExpired = (err: unknown): boolean => err instanceof TokenError && err.code === TokenError.codes.expired;
