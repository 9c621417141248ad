import type { ClaimOutcome } from '../../core/claims/claim.ts';
import type { Claims } from '../../core/engines/claims.ts';
import { createInMemoryCore, nowMs } from './in-memory.ts';
import { userToken } from './tokens.ts';

/** Claims that stay undecided until the test releases them. */
export function heldClaims(): { claims: Claims; asked(): number; decide(): void; decideNext(): void } {
  const waiting: ((outcome: ClaimOutcome) => void)[] = [];
  let decided = 0;
  const decideNext = (): void => {
    decided += 1;
    waiting[decided - 1]?.({
      ...{ status: 'issued', replayed: false, serial: decided, code: 'ABCD', claimedAtMs: nowMs, round: 1 },
    });
  };
  return {
    claims: {
      ...createInMemoryCore().claims,
      submit: () => new Promise((resolve) => waiting.push(resolve)),
    },
    asked: () => waiting.length,
    decideNext,
    decide: () => {
      while (decided < waiting.length) decideNext();
    },
  };
}

/**
 * A claim as a client sends it. If `query` is set, the claim goes through tRPC's own adapter instead of the hot lane.
 */
export const claimText = (target = '/trpc/claim.submit'): string =>
  `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Authorization: Bearer ${userToken('kim')}\r\nContent-Length: 18\r\n\r\n{"eventId":"open"}`;
