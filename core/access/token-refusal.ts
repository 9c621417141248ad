/** Why a token or an API key was refused: the labels of the metric that counts them. */
export const tokenRefusals = [
  /** No `Authorization: Bearer` header. */
  'missing',
  /** Unreadable, or with an algorithm that this kind of token may not use. */
  'malformed',
  'signature',
  'expired',
  /** Its `nbf` is in the future. */
  'not_yet',
  'no_exp',
  /** No valid user id in the claim that must have one. */
  'bad_sub',
  'issuer',
  'audience',
  /** It has a role, and lives longer than allowed. */
  'role_too_long',
  /** The identity provider has no such key. */
  'unknown_signer',
  'unknown_key',
  'expired_key',
  'revoked_key',
] as const;
export type TokenRefusal = (typeof tokenRefusals)[number];
