import { describe, expect, it } from 'vitest';
import { changeSteps, difference, sameEvent } from '../../../core/changes/change-steps.ts';
import type { EventRow } from '../../../core/events/event-rows.ts';
import { eventWith } from '../events/event-with.ts';

const row = eventWith({ stock: 100 });
const changed = (event: EventRow, change: Partial<EventRow['roundRow']>): EventRow => ({
  ...event,
  roundRow: { ...event.roundRow, ...change },
});

describe('the plan of a change', () => {
  it('sends everything except a higher stock to the gate before the commit, so that the gate can refuse the change', () => {
    const decided = changed(row, { paused: true });
    expect(changeSteps(row, row, decided)).toEqual({
      first: { ...decided, version: 4 },
      after: { ...decided, version: 4 },
      raises: false,
    });
  });

  it('sends a lower stock to the gate before the commit, because only the gate knows how many claims are issued', () => {
    const { first, raises } = changeSteps(row, row, changed(row, { stock: 50 }));
    expect([first?.roundRow.stock, raises]).toEqual([50, false]);
  });

  it('sends a higher stock to the gate only after the commit, so that the gate gives out no serial that MySQL would refuse', () => {
    const { first, after, raises } = changeSteps(row, row, changed(row, { stock: 150 }));
    expect(first).toBeNull();
    expect([after.roundRow.stock, after.version, raises]).toEqual([150, 4, true]);
  });

  it('takes two steps, each with its own version, if a higher stock comes with other changes', () => {
    const { first, after, raises } = changeSteps(row, row, changed(row, { stock: 150, paused: true }));
    expect(first?.roundRow).toMatchObject({ stock: 100, paused: true });
    expect(after.roundRow).toMatchObject({ stock: 150, paused: true });
    expect([first?.version, after.version, raises]).toEqual([4, 5, true]);
  });

  it('compares a higher stock with MySQL’s stock, even if an earlier change has reached only the gate', () => {
    // An earlier change lowered the stock to 80, but only in the gate. This change also writes the lowered stock to the
    // row.
    const before = { ...changed(row, { stock: 80 }), version: 7 };
    const { first, after, raises } = changeSteps(row, before, changed(before, { stock: 90 }));
    expect(first?.roundRow.stock).toBe(90);
    expect([after.version, raises]).toEqual([8, false]);
  });
});

describe('the difference between two states of an event', () => {
  it('lists the fields of the event and of its round whose values differ', () => {
    const after = { ...changed(row, { paused: true, closesAtMs: 9 }), name: 'Another name' };
    expect(difference(row, after)).toEqual({
      info: { name: 'Another name' },
      round: { paused: true, closesAtMs: 9 },
    });
    expect(difference(row, row)).toEqual({ info: {}, round: {} });
  });

  it('is empty if both states have the same values', () => {
    expect(sameEvent(row, { ...row })).toBe(true);
    expect(sameEvent(row, changed(row, { paused: true }))).toBe(false);
  });
});
