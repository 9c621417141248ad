import { describe, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import type { Claims } from '../../../core/engines/claims.ts';
import { oneFlight } from '../../../core/engines/one-flight.ts';
import { Fault } from '../../../core/runtime/fault.ts';

type Asked = { key: string; resolve: (outcome: ClaimOutcome) => void; reject: (cause: unknown) => void };

/** Claims that stay undecided until the test decides them. */
function undecidedClaims(): { claims: Claims; asked: Asked[] } {
  const asked: Asked[] = [];
  const claims: Claims = {
    submit: (eventId, userId, only) =>
      new Promise((resolve, reject) => void asked.push({ key: `${eventId} ${userId} ${only}`, resolve, reject })),
    mine: () => Promise.resolve(null),
    list: () => Promise.resolve([]),
  };
  return { claims: oneFlight(claims), asked };
}

const issued = { status: 'issued', serial: 1, code: 'c', claimedAtMs: 0, round: 1, replayed: false } as const;

describe('a user’s second claim while the first is undecided', () => {
  it('is not decided separately, and gets the first one’s coupon as a replay', async () => {
    const { claims, asked } = undecidedClaims();
    const answers = [claims.submit('ev', 'kim'), claims.submit('ev', 'kim'), claims.submit('ev', 'kim')];
    expect(asked).toHaveLength(1);
    asked[0]?.resolve(issued);
    expect(await Promise.all(answers)).toEqual([issued, { ...issued, replayed: true }, { ...issued, replayed: true }]);
  });

  it('gets the first one’s refusal or fault', async () => {
    const { claims, asked } = undecidedClaims();
    const refused = [claims.submit('ev', 'kim'), claims.submit('ev', 'kim')];
    asked[0]?.resolve({ status: 'sold_out' });
    expect(await Promise.all(refused)).toEqual([{ status: 'sold_out' }, { status: 'sold_out' }]);
    const failed = [claims.submit('ev', 'kim'), claims.submit('ev', 'kim')];
    asked[1]?.reject(new Fault('unavailable', 'Redis is away.'));
    for (const answer of failed) await expect(answer).rejects.toThrow('Redis is away.');
    expect(asked).toHaveLength(2);
  });

  it('is decided separately for another event, another user or another strategy, and once the first is decided', async () => {
    const { claims, asked } = undecidedClaims();
    const first = claims.submit('ev', 'kim');
    const others = [claims.submit('ev2', 'kim'), claims.submit('ev', 'lee'), claims.submit('ev', 'kim', 'db-lock')];
    expect(asked.map(({ key }) => key)).toEqual([
      'ev kim undefined',
      'ev2 kim undefined',
      'ev lee undefined',
      'ev kim db-lock',
    ]);
    for (const { resolve } of asked) resolve(issued);
    expect(await Promise.all([first, ...others])).toEqual([issued, issued, issued, issued]);
    const later = claims.submit('ev', 'kim');
    expect(asked).toHaveLength(5);
    asked[4]?.resolve({ ...issued, replayed: true });
    expect(await later).toEqual({ ...issued, replayed: true });
  });
});
