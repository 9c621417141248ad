import { describe, expect, it } from 'vitest';
import { closeEvent, pauseEvent, resumeEvent, topUpEvent, updateEvent } from '../../../core/changes/change-event.ts';
import { eventWith, opensAtMs } from '../events/event-with.ts';

const before = { nowMs: opensAtMs - 500_000, issued: 0 };
const during = { nowMs: opensAtMs + 1, issued: 40 };

const update = (change: object) => updateEvent({ eventId: 'ev', ...change });

describe('a change to an event', () => {
  it('may change every field before the event is seeded', () => {
    const changed = update({ name: 'New', amount: 5, currency: 'USD', stock: 7, opensAtMs: opensAtMs + 1 })(
      eventWith(),
      before,
    );
    expect(changed).toMatchObject({
      name: 'New',
      amount: 5,
      currency: 'USD',
      roundRow: { stock: 7, opensAtMs: opensAtMs + 1 },
    });
  });

  it.each([{ amount: 5 }, { currency: 'USD' }, { strategy: 'unsafe' }])(
    'may not change %o once the event is seeded',
    (change) => {
      expect(() => update(change)(eventWith({ seededAtMs: 1 }), before)).toThrow(/fixed once the event is seeded/);
    },
  );

  it('may repeat the current value of a field that is fixed', () => {
    expect(update({ amount: 10_000 })(eventWith({ seededAtMs: 1 }), before).amount).toBe(10_000);
  });

  it('may not move the opening time once the event is open, or into the past', () => {
    expect(() => update({ opensAtMs: opensAtMs + 9 })(eventWith(), during)).toThrow(/fixed once the event is open/);
    expect(() => update({ opensAtMs: before.nowMs - 1_001 })(eventWith(), before)).toThrow(/past/);
    expect(update({ opensAtMs: before.nowMs - 1_000 })(eventWith(), before).roundRow.opensAtMs).toBe(
      before.nowMs - 1_000,
    );
  });

  it('may not lower the stock below the number of issued claims', () => {
    expect(() => update({ stock: 39 })(eventWith(), during)).toThrow(/40 coupons are issued/);
    expect(update({ stock: 40 })(eventWith(), during).roundRow.stock).toBe(40);
  });

  it('must keep the closing time after the opening, or remove the closing time', () => {
    expect(() => update({ closesAtMs: opensAtMs })(eventWith(), before)).toThrow(/after opensAt/);
    expect(
      update({ closesAtMs: null })(eventWith({ closesAtMs: opensAtMs + 9 }), before).roundRow.closesAtMs,
    ).toBeNull();
  });

  it('is refused once the event is closed, except a second close, which has no effect', () => {
    const closed = eventWith({ closedAtMs: 5 });
    for (const change of [pauseEvent, resumeEvent(), topUpEvent(1), update({ name: 'x' })]) {
      expect(() => change(closed, during)).toThrow(/closed, which is final/);
    }
    expect(closeEvent(closed, during)).toBe(closed);
    expect(() => pauseEvent(eventWith({ closesAtMs: opensAtMs + 1 }), during)).toThrow(/closed/);
  });

  it('may raise the stock only up to a limit', () => {
    expect(topUpEvent(5)(eventWith(), during).roundRow.stock).toBe(105);
    expect(() => topUpEvent(100_000_000)(eventWith(), during)).toThrow(/above 100000000/);
  });
});
