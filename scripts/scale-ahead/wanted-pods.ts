/** The fields of an event on which the number of pods depends. */
export type Opening = { name: string; phase: string; opensAt: string };

export type Sizes = {
  /** The minimum number of API pods at other times, and around an opening. */
  atRest: number;
  forOpenings: number;
  /**
   * How long before an opening the pods must run, because nodes must start, images be pulled, and connections be
   * opened.
   */
  leadMs: number;
  /** How long after an opening the number of pods stays raised. After that, the autoscaler follows the CPU. */
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
