/** A number of look-ups a second. */
export type LookupBudget = {
  /** Whether one more may be made now; if so, it counts. */
  take(): boolean;
};

const secondMs = 1_000;

/**
 * Allows at most `perSecond` look-ups in any second, whenever that second begins. (A bucket of the same size would let
 * twice as many through in its first second.) `nowMs` must never step back.
 */
export function createLookupBudget(perSecond: number, nowMs = (): number => performance.now()): LookupBudget {
  /** When the last `perSecond` look-ups were made: a ring, in which `oldest` is the next to be replaced. */
  const madeMs = new Array<number>(perSecond).fill(-Infinity);
  let oldest = 0;
  return {
    take: () => {
      const atMs = nowMs();
      if (atMs - (madeMs[oldest] ?? -Infinity) < secondMs) return false;
      madeMs[oldest] = atMs;
      oldest = (oldest + 1) % perSecond;
      return true;
    },
  };
}
