import { describe, expect, it } from 'vitest';
import type { KnownClaim } from '../../../core/compare/compare-claims.ts';
import { SerialSet } from '../../../core/compare/serial-set.ts';
import type { ClaimCase } from '../../../core/reconcile/claim-case.ts';
import { cureOf } from '../../../core/reconcile/mend-claims.ts';

const claim = (serial: number): KnownClaim => ({ serial, userId: 'kim', code: null, claimedAtMs: 1 });
const found = (change: Partial<ClaimCase>): ClaimCase => ({
  ...{ userId: 'kim', winner: null, outbox: [], stored: null, beingSettled: false },
  ...change,
});
const nobody = new SerialSet();

describe('if the stores disagree about a user, a repair', () => {
  it.each<[string, Partial<ClaimCase>, object]>([
    ['stores a winner who is in no other store', { winner: claim(3) }, { kind: 'store', claim: { serial: 3 } }],
    [
      'restores the winner of a row to Redis if Redis has lost the winner',
      { stored: claim(3) },
      { kind: 'put', claim: { serial: 3 } },
    ],
    [
      'restores the winner of an outbox entry to Redis if Redis has lost the winner',
      { outbox: [claim(3)] },
      { kind: 'put', claim: { serial: 3 } },
    ],
    ['leaves a row alone while its unit is being settled', { stored: claim(3), beingSettled: true }, { kind: 'ask' }],
    ['lets a person decide if a winner and a row differ', { winner: claim(3), stored: claim(4) }, { kind: 'ask' }],
    [
      'lets a person decide if the outbox has two claims of the user',
      { outbox: [claim(3), claim(4)] },
      { kind: 'ask' },
    ],
    [
      'lets a person decide if a row and an outbox entry differ',
      { stored: claim(3), outbox: [claim(4)] },
      { kind: 'ask' },
    ],
    ['lets a person decide if the serial is invalid', { outbox: [claim(NaN)] }, { kind: 'ask' }],
  ])('%s', (_what, change, cure) => {
    expect(cureOf(found(change), nobody)).toMatchObject(cure);
  });

  it('a repair does not restore a claim whose serial now belongs to another winner', () => {
    const taken = new SerialSet();
    taken.add(3);
    expect(cureOf(found({ stored: claim(3) }), taken)).toEqual({ kind: 'ask' });
  });
});
