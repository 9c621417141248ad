export const phases = ['closed', 'scheduled', 'paused', 'sold_out', 'open'] as const;
export type Phase = (typeof phases)[number];

/** What of an event its phase depends on. */
export type PhaseFacts = {
  opensAtMs: number;
  /** It waits for an approval, and does not open before. */
  needsApproval?: boolean | undefined;
  closesAtMs: number | null;
  paused: boolean;
  closed: boolean;
  stock: number;
  issued: number;
};

/** The first phase that applies, in the order of `phases`; `decide-claims.lua` follows the same order. */
export function eventPhase(facts: PhaseFacts, nowMs: number): Phase {
  if (facts.closed || (facts.closesAtMs !== null && nowMs >= facts.closesAtMs)) return 'closed';
  if (nowMs < facts.opensAtMs || facts.needsApproval === true) return 'scheduled';
  if (facts.paused) return 'paused';
  if (facts.issued >= facts.stock) return 'sold_out';
  return 'open';
}
