/** Whether work that is under way gets on, or hangs: what tells a store that does not answer from a queue at it. */
export type Progress = {
  /** Follows a piece of work to its end. What fails has not got on. */
  follow<T>(this: void, work: Promise<T>): Promise<T>;
  /** Whether something is under way and nothing has been done for `ms`. */
  stuckFor(this: void, ms: number): boolean;
};

export function createProgress(): Progress {
  let underWay = 0;
  /** When something was last done, or began while nothing was under way. */
  let movedAtMs = 0;

  return {
    follow: async (work) => {
      if (underWay === 0) movedAtMs = performance.now();
      underWay += 1;
      try {
        const done = await work;
        movedAtMs = performance.now();
        return done;
      } finally {
        underWay -= 1;
      }
    },
    stuckFor: (ms) => underWay > 0 && performance.now() - movedAtMs > ms,
  };
}

/** A disk that stalls is not silent yet. With a wait of 100 ms and no such floor, 5 to 12% of a crowd’s answers were 503 for busy. */
const stallMs = 400;

/** Who has waited `waitMs` for a turn in vain waits for a store that is silent when nothing was done for so long. */
export const silentAfterMs = (waitMs: number): number => Math.max(0.75 * waitMs, stallMs);
