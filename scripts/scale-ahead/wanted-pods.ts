/** The fields of an event that determine how many pods its opening needs. */
export type Opening = { name: string; phase: string; opensAt: string };

export type Sizes = {
  /** The minimum number of API pods at other times, and around an opening. */
  atRest: number;
  forOpenings: number;
  /** How long before an opening the pods are needed: nodes must start, images must be pulled and connections opened. */
  leadMs: number;
  /**
   * How long after an opening the pods stay. The crowd is gone within seconds; after this time the autoscaler goes by
   * CPU again.
   */
  holdMs: number;
};

/** Returns the minimum number of API pods now, and the opening that requires it. */
export function wantedPods(
  openings: readonly Opening[],
  nowMs: number,
  sizes: Sizes,
): { pods: number; for: string | null } {
  const due = openings.find(({ phase, opensAt }) => {
    const opensAtMs = Date.parse(opensAt);
    return phase !== 'closed' && nowMs >= opensAtMs - sizes.leadMs && nowMs < opensAtMs + sizes.holdMs;
  });
  return due === undefined ? { pods: sizes.atRest, for: null } : { pods: sizes.forOpenings, for: due.name };
}
