/** Limits how many look-ups are made per second. */
export type LookupBudget = {
  /** Whether one more look-up may be made now; if so, counts it. */
  take(): boolean;
};

const secondMs = 1_000;

/**
 * Allows at most `perSecond` look-ups in any period of one second; a token bucket would allow twice as many in its
 * first second. `nowMs` must never go back.
 */
export function createLookupBudget(perSecond: number, nowMs = (): number => performance.now()): LookupBudget {
  /**
   * A ring with the times of the last `perSecond` look-ups. `oldest` is the index of the oldest, which is replaced
   * next.
   */
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
