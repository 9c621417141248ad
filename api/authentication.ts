import { TRPCError } from '@trpc/server';
import { isApiKey } from '../core/access/api-key.ts';
import type { KeyCheck, KeyVerdict } from '../core/access/key-check.ts';
import type { IdentityProvider } from './identity/identity-provider.ts';
import { readTokenHeader } from './identity/token-header.ts';
import { createSecretTokens } from './secret-tokens.ts';
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
};

/**
 * Three kinds of bearer tokens, told apart by how they begin: API keys, JWTs with an algorithm that takes a public key
 * (the identity provider's), and JWTs with HS256 (ours). A token's own header never chooses the key for another kind.
 */
export function createAuthentication({ secrets, identityProvider, apiKeys }: AuthenticationDeps): Authentication {
  const ours = createSecretTokens(secrets);

  const headerOf = (token: string) => {
    const header = identityProvider === undefined ? null : readTokenHeader(token);
    return header !== null && identityProvider?.takes(header) === true ? { header, identityProvider } : null;
  };

  const userOf = async (token: string): Promise<User> => {
    const theirs = headerOf(token);
    if (theirs !== null) return theirs.identityProvider.user(token, theirs.header);
    return ours.quickly(token) ?? ours.surely(token);
  };

  return {
    userAtOnce: (authorization) => {
      const token = bearerToken(authorization);
      const user = ours.quickly(token);
      if (user !== null) return user;
      if (isApiKey(token)) return null;
      const theirs = headerOf(token);
      return theirs === null ? ours.surely(token) : theirs.identityProvider.userAtOnce(token, theirs.header);
    },
    user: async (authorization) => {
      const token = bearerToken(authorization);
      if (!isApiKey(token)) return userOf(token);
      const message = 'An API key is no user, and claims are made and seen by users: send the token of one.';
      throw new TRPCError({ code: 'FORBIDDEN', message });
    },
    caller: async (authorization) => {
      const token = bearerToken(authorization);
      return isApiKey(token) ? machineOf(await apiKeys.check(token)) : userOf(token);
    },
  };
}

function machineOf(verdict: KeyVerdict): Caller {
  if (verdict.ok) {
    return { keyName: verdict.name, keyId: verdict.id, role: verdict.role, endsAtMs: verdict.endsAtMs };
  }
  switch (verdict.why) {
    case 'unknown':
      throw unauthorized('The API key is not valid. Was it copied whole?');
    case 'expired':
      throw unauthorized('The API key has expired. Make another with: coupon-admin api-key create');
    case 'revoked':
      throw unauthorized('The API key was revoked.');
  }
}
