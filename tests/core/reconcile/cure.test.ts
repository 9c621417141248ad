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
    ['puts a row without a winner back into Redis', { stored: claim(3) }, { kind: 'put', claim: { serial: 3 } }],
    [
      'makes the user of an outbox entry without a winner a winner again',
      { outbox: [claim(3)] },
      { kind: 'put', claim: { serial: 3 } },
    ],
    ['leaves a row alone while its unit is being settled', { stored: claim(3), beingSettled: true }, { kind: 'ask' }],
    ['leaves a winner and a row that differ to a person', { winner: claim(3), stored: claim(4) }, { kind: 'ask' }],
    ['leaves two claims in the outbox to a person', { outbox: [claim(3), claim(4)] }, { kind: 'ask' }],
    [
      'leaves a row and an outbox entry that differ to a person',
      { stored: claim(3), outbox: [claim(4)] },
      { kind: 'ask' },
    ],
    ['leaves an invalid serial to a person', { outbox: [claim(NaN)] }, { kind: 'ask' }],
  ])('%s', (_what, change, cure) => {
    expect(cureOf(found(change), nobody)).toMatchObject(cure);
  });

  it('a repair gives nobody back a serial that a winner has', () => {
    const taken = new SerialSet();
    taken.add(3);
    expect(cureOf(found({ stored: claim(3) }), taken)).toEqual({ kind: 'ask' });
  });
});
