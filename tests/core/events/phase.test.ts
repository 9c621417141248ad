import { describe, expect, it } from 'vitest';
import { eventPhase, type PhaseFacts } from '../../../core/events/phase.ts';

const open: PhaseFacts = { opensAtMs: 1_000, closesAtMs: null, paused: false, closed: false, stock: 10, issued: 0 };

describe('an event’s phase', () => {
  it.each<[string, Partial<PhaseFacts>, number]>([
    ['scheduled', {}, 999],
    ['open', {}, 1_000],
    ['open', { closesAtMs: 2_000 }, 1_999],
    ['closed', { closesAtMs: 2_000 }, 2_000],
    ['closed', { closed: true }, 0],
    ['paused', { paused: true }, 1_000],
    ['sold_out', { issued: 10 }, 1_000],
    ['open', { issued: 9 }, 1_000],
    // Closed takes precedence over scheduled, scheduled over paused, paused over sold out, and sold out over open.
    ['closed', { closed: true, paused: true, issued: 10 }, 0],
    ['scheduled', { paused: true, issued: 10 }, 999],
    ['paused', { paused: true, issued: 10 }, 1_000],
  ])('is %s with %o at %i', (phase, facts, nowMs) => {
    expect(eventPhase({ ...open, ...facts }, nowMs)).toBe(phase);
  });
});
