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

describe('what is done for a user about whom the stores disagree', () => {
  it.each<[string, Partial<ClaimCase>, object]>([
    ['a winner who is nowhere else is stored', { winner: claim(3) }, { kind: 'store', claim: { serial: 3 } }],
    ['a row without a winner is put back', { stored: claim(3) }, { kind: 'put', claim: { serial: 3 } }],
    ['so is an entry of the outbox', { outbox: [claim(3)] }, { kind: 'put', claim: { serial: 3 } }],
    ['a row whose unit is being settled is left alone', { stored: claim(3), beingSettled: true }, { kind: 'ask' }],
    ['a winner and a row that differ are left to a person', { winner: claim(3), stored: claim(4) }, { kind: 'ask' }],
    ['so are two claims in the outbox', { outbox: [claim(3), claim(4)] }, { kind: 'ask' }],
    ['and a row and an entry that differ', { stored: claim(3), outbox: [claim(4)] }, { kind: 'ask' }],
    ['and a serial that is none', { outbox: [claim(NaN)] }, { kind: 'ask' }],
  ])('%s', (_what, change, cure) => {
    expect(cureOf(found(change), nobody)).toMatchObject(cure);
  });

  it('nobody is put back with a serial that a winner has', () => {
    const taken = new SerialSet();
    taken.add(3);
    expect(cureOf(found({ stored: claim(3) }), taken)).toEqual({ kind: 'ask' });
  });
});
