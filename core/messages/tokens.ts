/** Why a token or an API key is refused. Each entry has a code, and makes an English sentence from its parameters. */
export const tokens = {
  token_missing: ({ header }: { header: 'none' | 'other' }) =>
    header === 'none'
      ? 'Send a token: Authorization: Bearer <JWT>.'
      : 'The Authorization header contains no bearer token.',
  token_malformed: ({ keyName }: { keyName: 'missing' | 'given' }) =>
    keyName === 'missing' ? 'The token does not name its key (kid).' : 'The token is not valid.',
  token_signature: () => 'The token is not valid.',
  token_expired: () => 'The token has expired.',
  token_not_yet: () => 'The token is not valid yet (nbf).',
  token_no_exp: () => 'The token has no exp, so it would never expire. Get one with an exp.',
  token_bad_sub: ({ claim }: { claim: string }) => `The ${claim} of the token is not a user id.`,
  token_issuer: () => 'The token is not for this API: its iss (issuer) does not match.',
  token_audience: () => 'The token is not for this API: its aud (audience) does not match.',
  token_role_too_long: ({ span }: { span: string }) =>
    `A token with a role may live for at most ${span}, and this one lives longer. Get a shorter one, or use an API key.`,
  token_unknown_signer: () => 'The token is signed with a key that the identity provider does not publish.',
  token_unknown_key: () => 'The API key is not valid. Check that it was copied in full.',
  token_expired_key: () => 'The API key has expired. Make another with: coupon-admin api-key create',
  token_revoked_key: () => 'The API key was revoked.',
} as const;
