import { isApiKey } from '../core/access/api-key.ts';
import type { KeyCheck, KeyVerdict } from '../core/access/key-check.ts';
import type { TokenRefusal } from '../core/access/token-refusal.ts';
import type { TokenRules } from '../core/access/token-rules.ts';
import { say } from '../core/messages/message.ts';
import { RefusedCall } from './errors.ts';
import type { IdentityProvider } from './identity/identity-provider.ts';
import { readTokenHeader } from './identity/token-header.ts';
import { createSecretTokens } from './secret-tokens.ts';
import { RefusedToken, unauthorized } from './token-refusal.ts';
import { bearerToken, type Caller, type User } from './token.ts';

/** Identifies the caller by a request's `Authorization` header. */
export type Authentication = {
  /**
   * Returns the user if the token can be checked without MySQL, Redis or the identity provider, otherwise null. Throws
   * `UNAUTHORIZED`.
   */
  userAtOnce(authorization: string | undefined): User | null;
  /**
   * Resolves to the user. Throws `UNAUTHORIZED`; `FORBIDDEN` for an API key; `unavailable` if checking the token needs
   * MySQL or the identity provider, and that service doesn't answer.
   */
  user(authorization: string | undefined): Promise<User>;
  /**
   * Returns the user to whom a request's calls are charged; null if the token is missing, refused, can't be checked, or
   * is an API key. Counts no refusal, because the call itself checks the token again.
   */
  payer(authorization: string | undefined): User | null | Promise<User | null>;
  /** Resolves to a user or a machine. Unlike `user`, accepts API keys; otherwise throws the same errors. */
  caller(authorization: string | undefined): Promise<Caller>;
};

export type AuthenticationDeps = {
  /** HS256 keys: the current key, then the previous one. If the list is empty, no HS256 token is accepted. */
  secrets: readonly string[];
  identityProvider: IdentityProvider | undefined;
  apiKeys: KeyCheck;
  /** The rules for the JWT claims of tokens signed with the secrets. */
  rules?: TokenRules | undefined;
  /** Called for each rejected token. */
  countRefused?: ((reason: TokenRefusal) => void) | undefined;
};

/**
 * There are three kinds of bearer tokens: API keys, JWTs with a public-key algorithm (from the identity provider), and
 * JWTs with HS256 (signed by us). A token's header can only select a key of the same kind as the token.
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
    payer: (authorization) => {
      if (authorization === undefined || hasApiKey(authorization)) return null;
      try {
        return userAtOnce(authorization) ?? user(authorization).catch(() => null);
      } catch {
        return null;
      }
    },
    user: (authorization) => user(authorization).catch(refuse),
    caller: (authorization) => caller(authorization).catch(refuse),
  };
}

/** Whether an `Authorization` header has an API key, valid or not. */
export const hasApiKey = (authorization: string | undefined): boolean =>
  authorization !== undefined && /^bearer /i.test(authorization) && isApiKey(authorization.slice(7));

function machineOf(verdict: KeyVerdict): Caller {
  if (verdict.ok) {
    const { id, name, role, endsAtMs } = verdict;
    return { keyId: id, keyName: name, role, endsAtMs };
  }
  switch (verdict.why) {
    case 'unknown':
      throw unauthorized('unknown_key');
    case 'expired':
      throw unauthorized('expired_key');
    case 'revoked':
      throw unauthorized('revoked_key');
  }
}
