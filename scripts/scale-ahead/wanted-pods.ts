/** What decides how many pods an opening needs. */
export type Opening = { name: string; phase: string; opensAt: string };

export type Sizes = {
  /** The least number of API pods at other times, and around an opening. */
  atRest: number;
  forOpenings: number;
  /** How long before an opening the pods are wanted: nodes must start, images be pulled, connections be opened. */
  leadMs: number;
  /** How long after an opening they stay. The crowd is gone in seconds; the CPU decides from then on. */
  holdMs: number;
};

/** How many API pods there must be at least, and the opening that they are for. */
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
