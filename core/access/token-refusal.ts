/** Why a token or an API key was refused: the label values of a metric. */
export const tokenRefusals = [
  /** No `Authorization: Bearer` header. */
  'missing',
  /** The token can't be read, or its algorithm is not allowed for this kind of token. */
  'malformed',
  'signature',
  'expired',
  /** The token's `nbf` is in the future. */
  'not_yet',
  'no_exp',
  /** The claim that names the user has no valid user id. */
  'bad_sub',
  'issuer',
  'audience',
  /** The token has a role, and is valid for longer than a token with a role may be. */
  'role_too_long',
  /** The identity provider has no key with the token's key id. */
  'unknown_signer',
  'unknown_key',
  'expired_key',
  'revoked_key',
] as const;
export type TokenRefusal = (typeof tokenRefusals)[number];
