import { describe, expect, it } from 'vitest';
import { sealOf } from '../../../core/gate/gate.ts';
import {
  clocksApartMaxMs,
  judgeMissingGate,
  openingMarginMs,
  replacesLostGate,
  type GateEvidence,
  type GateHistory,
} from '../../../core/gate/missing-gate.ts';

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

/** Evidence that both clocks show `nowMs` and that MySQL has no claim, unless `change` says otherwise. */
const at = (nowMs: number, change: Partial<GateEvidence> = {}): GateEvidence => ({
  ...{ redisNowMs: nowMs, mysqlNowMs: nowMs, hasClaims: false },
  ...change,
});
const seeded: Partial<GateHistory> = { seededAtMs: 1 };
/** The last moment at which a lost gate may be made again. */
const surelyAheadMs = opensAtMs - openingMarginMs - 1;

describe('a missing gate', () => {
  it.each<[string, string, Partial<GateHistory>, GateEvidence]>([
    ['early', 'never seeded, long before the opening', {}, at(opensAtMs - leadMs - 1)],
    ['seed', 'never seeded, within the seeding lead', {}, at(opensAtMs - leadMs)],
    ['seed', 'never seeded, open for a while, so it opens late', {}, at(opensAtMs + 1)],
    ['lost', 'never seeded according to MySQL, which nevertheless has claims', {}, at(1, { hasClaims: true })],
    ['closed', 'never seeded, closed by an admin', { closedAtMs: 1 }, at(opensAtMs)],
    ['closed', 'never seeded, past its closing time', { closesAtMs: opensAtMs + 10 }, at(opensAtMs + 10)],
    ['seed', 'seeded and gone before anyone could claim', seeded, at(surelyAheadMs)],
    ['closed', 'seeded and gone before anyone could claim, closed', { ...seeded, closedAtMs: 1 }, at(surelyAheadMs)],
    ['lost', 'seeded and gone, MySQL has claims', seeded, at(surelyAheadMs, { hasClaims: true })],
    ['lost', 'seeded and gone, within the margin before the opening', seeded, at(surelyAheadMs + 1)],
    ['lost', 'seeded and gone, open by MySQL’s clock', seeded, at(1, { mysqlNowMs: opensAtMs })],
    ['lost', 'seeded and gone, open by Redis’s clock', seeded, at(1, { redisNowMs: opensAtMs })],
    ['lost', 'seeded and gone at the opening', seeded, at(opensAtMs)],
    ['lost', 'seeded and gone, closed since', { ...seeded, closedAtMs: opensAtMs + 5 }, at(opensAtMs + 9)],
    ['seed', 'seeded and gone while it waits for an approval', { ...seeded, needsApproval: true }, at(opensAtMs + 9)],
    [
      'lost',
      'seeded and gone while it waits for an approval, but MySQL has claims',
      { ...seeded, needsApproval: true },
      at(1, { hasClaims: true }),
    ],
    ['retired', 'retired', { ...seeded, retiredAtMs: 2 }, at(opensAtMs + 9, { hasClaims: true })],
  ])('is judged "%s" if it was %s', (verdict, _why, history, evidence) => {
    expect(judgeMissingGate({ ...fresh, ...history }, evidence, leadMs)).toBe(verdict);
  });
});

describe('a gate that was never trusted', () => {
  it.each<[boolean, string, string, GateEvidence]>([
    [false, 'the row names it, whatever the clocks say', sealOf(1), at(opensAtMs + 9)],
    [true, 'the row names it, but MySQL has claims', sealOf(1), at(1, { hasClaims: true })],
    [false, 'the row names another, which can’t have opened', sealOf(2), at(surelyAheadMs)],
    [true, 'the row names another, within the margin', sealOf(2), at(surelyAheadMs + 1)],
  ])('replaces a lost gate: %s if %s', (expected, _where, runId, evidence) => {
    expect(replacesLostGate({ runId }, { ...fresh, ...seeded }, evidence)).toBe(expected);
  });
});

it('the margin before the opening is wider than the clock difference that readiness tolerates', () => {
  expect(openingMarginMs).toBeGreaterThan(clocksApartMaxMs);
});
