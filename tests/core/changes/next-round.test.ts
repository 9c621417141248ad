import { describe, expect, it } from 'vitest';
import type { ResetInput } from '../../../core/changes/inputs.ts';
import { nextRound } from '../../../core/changes/next-round.ts';
import { eventWith } from '../events/event-with.ts';

const nowMs = 5_000_000;
const event = eventWith({ stock: 100, opensAtMs: nowMs - 1_000_000, closesAtMs: nowMs + 1_000_000, closedAtMs: nowMs });
const next = (change: Partial<ResetInput> = {}) =>
  nextRound(event, { eventId: 'ev', confirm: 'Opening', ...change }, nowMs);
const kept = { stock: 100, opensAtMs: nowMs - 1_000_000, closesAtMs: nowMs + 1_000_000 };

describe('the round that a reset begins', () => {
  it('keeps the settings of the previous round, but is paused', () => {
    expect(next()).toEqual({ ...kept, paused: true });
    expect(next({ stock: 7 })).toEqual({ ...kept, stock: 7, paused: true });
    expect(next({ closesAtMs: null })).toEqual({ ...kept, closesAtMs: null, paused: true });
  });

  it('is not paused if its new opening time is in the future', () => {
    expect(next({ opensAtMs: nowMs + 1 })).toEqual({ ...kept, opensAtMs: nowMs + 1, paused: false });
    expect(next({ opensAtMs: nowMs })).toMatchObject({ paused: true });
    const paused = eventWith({ paused: true, opensAtMs: nowMs + 5 });
    expect(nextRound(paused, { eventId: 'ev', confirm: 'Opening' }, nowMs)).toMatchObject({ paused: true });
    expect(nextRound(paused, { eventId: 'ev', confirm: 'Opening', opensAtMs: nowMs + 5 }, nowMs)).toMatchObject({
      paused: false,
    });
  });

  it.each<[string, Partial<ResetInput>, string]>([
    ['the wrong name', { confirm: 'opening' }, 'confirm'],
    ['an opening time more than a second ago', { opensAtMs: nowMs - 1_001 }, 'opensAt'],
    ['a closing time that is not after the opening', { closesAtMs: nowMs - 1_000_000 }, 'closesAt'],
    ['an opening time after the unchanged closing time', { opensAtMs: nowMs + 1_000_000 }, 'closesAt'],
  ])('cannot begin with %s', (_what, change, field) => {
    expect(() => next(change)).toThrow(
      expect.objectContaining({ code: 'bad_request', issues: [expect.objectContaining({ path: [field] })] }),
    );
  });
});
