/** What a token must contain besides its user. */
export type TokenRules = {
  /** The `iss` and `aud` that tokens signed with our secret must have. Null if not checked. */
  issuer: string | null;
  audience: string | null;
  /** How long a token with a role may live. Users' tokens may live longer. */
  roleMaxMs: number;
};

export const defaultTokenRules: TokenRules = { issuer: null, audience: null, roleMaxMs: 24 * 3_600_000 };

/** How far the issuer's clock may be ahead of ours. */
const aheadMaxMs = 60_000;

/**
 * Whether a token with a role is valid for longer than `roleMaxMs`. A token's life counts from `iat`, or from now if
 * there is no `iat`. The end is also compared with the current time, because an `iat` in the future would make the
 * token's life look shorter.
 */
export function livesTooLong(
  { iat, exp }: { iat?: unknown; exp?: unknown },
  roleMaxMs: number,
  nowMs: number,
): boolean {
  if (typeof exp !== 'number') return true;
  const endsAtMs = exp * 1_000;
  if (typeof iat !== 'number') return endsAtMs - nowMs > roleMaxMs;
  return endsAtMs - iat * 1_000 > roleMaxMs || endsAtMs - nowMs > roleMaxMs + aheadMaxMs;
}

/** A duration in words, for messages. */
export function spanInWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [count, unit] =
    seconds % 3_600 === 0
      ? [seconds / 3_600, 'hour']
      : seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
