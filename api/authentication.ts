import { isApiKey } from '../core/access/api-key.ts';
import type { KeyCheck, KeyVerdict } from '../core/access/key-check.ts';
import type { TokenRefusal } from '../core/access/token-refusal.ts';
import type { TokenRules } from '../core/access/token-rules.ts';
import { say } from '../core/messages/message.ts';
import { RefusedCall } from './errors.ts';
import type { IdentityProvider } from './identity/identity-provider.ts';
import { readTokenHeader } from './identity/token-header.ts';
import { createSecretTokens } from './secret-tokens.ts';
import { RefusedToken } from './token-refusal.ts';
import { bearerToken, unauthorized, type Caller, type User } from './token.ts';

/** Tells who calls, by the `Authorization` header of a request. */
export type Authentication = {
  /** The user, when that can be told at once; null when somebody has to be asked first. Throws `UNAUTHORIZED`. */
  userAtOnce(authorization: string | undefined): User | null;
  /** The user. Throws `UNAUTHORIZED`; `FORBIDDEN` for an API key; `unavailable` when who could tell does not answer. */
  user(authorization: string | undefined): Promise<User>;
  /** A user or a machine. Throws as `user` does, and takes API keys. */
  caller(authorization: string | undefined): Promise<Caller>;
};

export type AuthenticationDeps = {
  /** Keys of HS256: the one in use, then the one before it. None: no such token is good. */
  secrets: readonly string[];
  identityProvider: IdentityProvider | undefined;
  apiKeys: KeyCheck;
  /** What tokens that the secrets have signed must say. */
  rules?: TokenRules | undefined;
  /** Hears of each token that nobody may come in with. */
  countRefused?: ((reason: TokenRefusal) => void) | undefined;
};

/**
 * Three kinds of bearer tokens, told apart by how they begin: API keys, JWTs with an algorithm that takes a public key
 * (the identity provider's), and JWTs with HS256 (ours). A token's own header never chooses the key for another kind.
 */
export function createAuthentication(deps: AuthenticationDeps): Authentication {
  const { secrets, identityProvider, apiKeys, rules, countRefused = () => undefined } = deps;
  const ours = createSecretTokens(secrets, rules);

  const refuse = (err: unknown): never => {
    if (err instanceof RefusedToken) countRefused(err.reason);
    throw err;
  };

  const headerOf = (token: string) => {
    const header = identityProvider === undefined ? null : readTokenHeader(token);
    return header !== null && identityProvider?.takes(header) === true ? { header, identityProvider } : null;
  };

  const userOf = async (token: string): Promise<User> => {
    const theirs = headerOf(token);
    if (theirs !== null) return theirs.identityProvider.user(token, theirs.header);
    return ours.quickly(token) ?? ours.surely(token);
  };

  const userAtOnce: Authentication['userAtOnce'] = (authorization) => {
    const token = bearerToken(authorization);
    const user = ours.quickly(token);
    if (user !== null) return user;
    if (isApiKey(token)) return null;
    const theirs = headerOf(token);
    return theirs === null ? ours.surely(token) : theirs.identityProvider.userAtOnce(token, theirs.header);
  };
  const user: Authentication['user'] = async (authorization) => {
    const token = bearerToken(authorization);
    if (!isApiKey(token)) return userOf(token);
    throw new RefusedCall('FORBIDDEN', say('api_key_no_user'));
  };
  const caller: Authentication['caller'] = async (authorization) => {
    const token = bearerToken(authorization);
    return isApiKey(token) ? machineOf(await apiKeys.check(token)) : userOf(token);
  };
  return {
    userAtOnce: (authorization) => {
      try {
        return userAtOnce(authorization);
      } catch (err) {
        return refuse(err);
      }
    },
    user: (authorization) => user(authorization).catch(refuse),
    caller: (authorization) => caller(authorization).catch(refuse),
  };
}

function machineOf(verdict: KeyVerdict): Caller {
  if (verdict.ok) {
    const { id, name, role, endsAtMs } = verdict;
    return { keyId: id, keyName: name, role, endsAtMs };
  }
  switch (verdict.why) {
    case 'unknown':
      throw unauthorized('unknown_key', 'The API key is not valid. Check that it was copied in full.');
    case 'expired':
      throw unauthorized('expired_key', 'The API key has expired. Make another with: coupon-admin api-key create');
    case 'revoked':
      throw unauthorized('revoked_key', 'The API key was revoked.');
  }
}
