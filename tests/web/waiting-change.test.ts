import { describe, expect, it } from 'vitest';
import { waitingChange } from '../../web/console/events/waiting-change.ts';

const terms = (amount: number, needsApproval: boolean) => ({
  ...{ amount, currency: 'KRW', stock: 5, opensAt: '2026-12-01T00:00:00.000Z', closesAt: null, needsApproval },
});
type Entry = Parameters<typeof waitingChange>[0][number];
const entry = (before: object | null, after: object | null): Entry => ({ before, after }) as Entry;

describe('what waits for an approval', () => {
  it('is a new event if it has needed an approval since it was created, however often it changed', () => {
    const trail = [entry(terms(9, true), terms(8, true)), entry(null, terms(9, true))];
    expect(waitingChange(trail, true)).toEqual({ kind: 'new' });
  });

  it('is everything that has changed since the last state that needed no approval', () => {
    const trail = [
      ...[entry(null, null), entry(terms(7, true), terms(9, true)), entry(terms(3, false), terms(7, true))],
      ...[entry(terms(2, false), terms(3, false)), entry(null, terms(2, false))],
    ];
    expect(waitingChange(trail, true)).toMatchObject({ kind: 'changed', before: { amount: 3 } });
  });

  it('is unknown if the console has not read far enough back in the audit trail', () => {
    expect(waitingChange([entry(terms(7, true), terms(9, true))], false)).toEqual({ kind: 'unknown' });
    expect(waitingChange([], true)).toEqual({ kind: 'unknown' });
  });
});
