import type { OpeningEvidence } from '../events/opening-evidence.ts';
import { eventPhase } from '../events/phase.ts';
import { sealOf } from './gate.ts';

/** What a round's row says about the round's gate. */
export type GateHistory = {
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  closedAtMs: number | null;
  seededAtMs: number | null;
  retiredAtMs: number | null;
  needsApproval: boolean;
};

/** What both stores say about whether a round may have opened. */
export type GateEvidence = OpeningEvidence & { redisNowMs: number };

/**
 * What it means that a round has no gate:
 * - `retired`: the round's claims are in MySQL, and calls read them there.
 * - `closed`: it was closed before it was ever seeded.
 * - `early`: it is too early to seed.
 * - `seed`: make the gate now.
 * - `lost`: the gate existed while claims could be accepted, and is gone.
 */
export type MissingGate = 'retired' | 'closed' | 'early' | 'seed' | 'lost';

/**
 * How far the clocks of two hosts may differ before readiness and `/readyz` warn. With NTP they differ by a few
 * milliseconds, so a whole second means that NTP is not running.
 */
export const clocksApartMaxMs = 1_000;

/**
 * A gate is made a second time only while the opening is further ahead than this by MySQL's clock. Before that moment,
 * a claim can have been accepted only if Redis's clock was ahead of MySQL's by more than this. A host without NTP
 * drifts by at most about 100 ppm, so it takes 11 hours to drift from the warning at `clocksApartMaxMs` to this margin.
 */
export const openingMarginMs = 5 * clocksApartMaxMs;

/**
 * Judges a missing gate by the round's row and by the evidence from both stores. A gate is made `leadMs` before the
 * opening.
 */
export function judgeMissingGate(history: GateHistory, evidence: GateEvidence, leadMs: number): MissingGate {
  const { redisNowMs } = evidence;
  if (history.retiredAtMs !== null) return 'retired';
  // If there are claims but no `seededAt`, MySQL has lost the record of the seeding.
  if (evidence.hasClaims) return 'lost';
  const closed = eventPhase({ ...history, closed: history.closedAtMs !== null, issued: 0 }, redisNowMs) === 'closed';
  if (history.seededAtMs === null) {
    if (closed) return 'closed';
    return history.needsApproval || redisNowMs < history.opensAtMs - leadMs ? 'early' : 'seed';
  }
  if (mayHaveClaims(history, evidence)) return 'lost';
  return closed ? 'closed' : 'seed';
}

/**
 * Whether a gate that is gone, or was replaced, may have accepted claims. Redis's clock alone can't rule that out:
 * Redis may now run on a machine whose clock is behind that of the machine where the round opened.
 *
 * A round that needs an approval has accepted nothing, whatever the clocks say, because an approval can be required
 * only before the opening. If somebody requires an approval later, the gate refuses that change; without a gate,
 * `refuseWithoutGate` in `event-changes.ts` refuses it.
 */
export function mayHaveClaims(
  { opensAtMs, needsApproval }: Pick<GateHistory, 'opensAtMs' | 'needsApproval'>,
  { redisNowMs, mysqlNowMs, hasClaims }: GateEvidence,
): boolean {
  if (hasClaims) return true;
  return !needsApproval && (redisNowMs >= opensAtMs || mysqlNowMs >= opensAtMs - openingMarginMs);
}

/**
 * Whether an inert gate has taken the place of a lost gate and must not be trusted. A gate was lost if MySQL has
 * claims, because an inert gate accepts none. A gate was also lost if the row has a different seal, and the gate with
 * that seal may have accepted claims.
 */
export function replacesLostGate(
  { runId }: { runId: string },
  history: Pick<GateHistory, 'opensAtMs' | 'needsApproval' | 'seededAtMs'>,
  evidence: GateEvidence,
): boolean {
  if (evidence.hasClaims) return true;
  const { seededAtMs } = history;
  return seededAtMs !== null && runId !== sealOf(seededAtMs) && mayHaveClaims(history, evidence);
}
