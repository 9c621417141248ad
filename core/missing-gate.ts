import { eventPhase } from './phase.ts';

/** What a round's row says about its gate. */
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

/**
 * What it means that a round has no gate:
 * `retired`: its claims are in MySQL, which answers. `closed`: it was never seeded and never will be.
 * `early`: it is not time to seed. `seed`: make the gate, now. `lost`: it was there while claims could be accepted, and is gone.
 */
export type MissingGate = 'retired' | 'closed' | 'early' | 'seed' | 'lost';

/** Judges a missing gate by the round's row and Redis's clock. A gate is made `leadMs` before the opening. */
export function judgeMissingGate(history: GateHistory, nowMs: number, leadMs: number): MissingGate {
  if (history.retiredAtMs !== null) return 'retired';
  const closed = eventPhase({ ...history, closed: history.closedAtMs !== null, issued: 0 }, nowMs) === 'closed';
  if (history.seededAtMs === null) {
    if (closed) return 'closed';
    return history.needsApproval || nowMs < history.opensAtMs - leadMs ? 'early' : 'seed';
  }
  // Nobody has claimed in a round that waits for an approval.
  if (history.needsApproval || nowMs < history.opensAtMs) return closed ? 'closed' : 'seed';
  return 'lost';
}
