import { describe, expect, it } from 'vitest';
import { judgeMissingGate, type GateHistory } from '../../core/missing-gate.ts';

const leadMs = 60_000;
const opensAtMs = 1_000_000;
const fresh: GateHistory = {
  stock: 10,
  opensAtMs,
  closesAtMs: null,
  paused: false,
  closedAtMs: null,
  seededAtMs: null,
  retiredAtMs: null,
  needsApproval: false,
};

describe('a missing gate', () => {
  it.each<[string, string, Partial<GateHistory>, number]>([
    ['early', 'never seeded, long before the opening', {}, opensAtMs - leadMs - 1],
    ['seed', 'never seeded, within the lead', {}, opensAtMs - leadMs],
    ['seed', 'never seeded, after the opening: opens late', {}, opensAtMs + 1],
    ['closed', 'never seeded, closed by an admin', { closedAtMs: 1 }, opensAtMs],
    ['closed', 'never seeded, past its closing time', { closesAtMs: opensAtMs + 10 }, opensAtMs + 10],
    ['seed', 'seeded and gone before anyone could claim', { seededAtMs: 1 }, opensAtMs - 1],
    ['lost', 'seeded and gone at the opening', { seededAtMs: 1 }, opensAtMs],
    ['lost', 'seeded and gone, closed since', { seededAtMs: 1, closedAtMs: opensAtMs + 5 }, opensAtMs + 9],
    ['retired', 'retired', { seededAtMs: 1, retiredAtMs: 2 }, opensAtMs + 9],
  ])('is judged %s: %s', (verdict, _why, history, nowMs) => {
    expect(judgeMissingGate({ ...fresh, ...history }, nowMs, leadMs)).toBe(verdict);
  });
});
