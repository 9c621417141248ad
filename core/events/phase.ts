export const phases = ['closed', 'scheduled', 'paused', 'sold_out', 'open'] as const;
export type Phase = (typeof phases)[number];

/** The facts that an event's phase depends on. */
export type PhaseFacts = {
  opensAtMs: number;
  /** Whether the round needs approval before it can open. */
  needsApproval?: boolean | undefined;
  closesAtMs: number | null;
  paused: boolean;
  closed: boolean;
  stock: number;
  issued: number;
};

/** The first phase that applies, in the order of `phases`. `decide-claims.lua` uses the same order. */
export function eventPhase(facts: PhaseFacts, nowMs: number): Phase {
  if (facts.closed || (facts.closesAtMs !== null && nowMs >= facts.closesAtMs)) return 'closed';
  if (nowMs < facts.opensAtMs || facts.needsApproval === true) return 'scheduled';
  if (facts.paused) return 'paused';
  if (facts.issued >= facts.stock) return 'sold_out';
  return 'open';
}
