import { createTokenMint } from '../../core/access/mint-token.ts';
import type { TokenRules } from '../../core/access/token-rules.ts';

export interface RoleToken {
  value: string;
  /** In ISO 8601. */
  endsAt: string;
}

/** The longest time until a machine that wakes from sleep renews its token. */
const lookEveryMs = 5_000;

/** Makes admin tokens, each with the longest lifetime that `rules` allow. */
export function createRoleTokens(secret: string, rules: TokenRules): { make(nowMs?: number): RoleToken } {
  const mint = createTokenMint(secret, rules);
  return {
    make: (nowMs = Date.now()) => {
      const endsAtMs = (Math.floor(nowMs / 1_000) + rules.roleMaxMs / 1_000) * 1_000;
      return {
        value: mint({ sub: 'admin', role: 'admin' }, rules.roleMaxMs, nowMs),
        endsAt: new Date(endsAtMs).toISOString(),
      };
    },
  };
}

/**
 * Calls `renew` when half of `lifeMs` has passed on the wall clock, or when that clock was set back. If `renew` throws,
 * reports the error and tries again. Returns a function that stops the renewals.
 */
export function keepRenewing(lifeMs: number, renew: () => void, say: (line: string) => void): () => void {
  let madeAtMs = Date.now();
  const timer = setInterval(
    () => {
      const ageMs = Date.now() - madeAtMs;
      if (ageMs >= 0 && ageMs < lifeMs / 2) return;
      try {
        renew();
        madeAtMs = Date.now();
      } catch (error) {
        say(
          `The admin token in run.json could not be renewed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
    Math.min(lookEveryMs, Math.max(lifeMs / 8, 100)),
  );
  return () => clearInterval(timer);
}
