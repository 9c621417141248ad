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

describe('if the stores disagree about a user,', () => {
  it.each<[string, Partial<ClaimCase>, object]>([
    ['a winner who is nowhere else is stored', { winner: claim(3) }, { kind: 'store', claim: { serial: 3 } }],
    ['a row without a winner is put back in Redis', { stored: claim(3) }, { kind: 'put', claim: { serial: 3 } }],
    [
      'an entry in the outbox without a winner makes its user a winner again',
      { outbox: [claim(3)] },
      { kind: 'put', claim: { serial: 3 } },
    ],
    ['a row whose unit is being settled is left alone', { stored: claim(3), beingSettled: true }, { kind: 'ask' }],
    ['a winner and a row that differ are left to a person', { winner: claim(3), stored: claim(4) }, { kind: 'ask' }],
    ['two claims in the outbox are left to a person', { outbox: [claim(3), claim(4)] }, { kind: 'ask' }],
    [
      'a row and an outbox entry that differ are left to a person',
      { stored: claim(3), outbox: [claim(4)] },
      { kind: 'ask' },
    ],
    ['an invalid serial is left to a person', { outbox: [claim(NaN)] }, { kind: 'ask' }],
  ])('%s', (_what, change, cure) => {
    expect(cureOf(found(change), nobody)).toMatchObject(cure);
  });

  it('nobody gets back a serial that a winner has', () => {
    const taken = new SerialSet();
    taken.add(3);
    expect(cureOf(found({ stored: claim(3) }), taken)).toEqual({ kind: 'ask' });
  });
});
