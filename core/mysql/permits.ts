/** A fixed number of permits, given out in the order of the requests. */
export type Permits = {
  /**
   * Waits at most `waitMs` for a permit. Resolves to whether the caller got one. Return the permit once, with
   * `giveBack`.
   */
  take(waitMs: number): Promise<boolean>;
  giveBack(): void;
};

export function createPermits(count: number): Permits {
  let free = count;
  /** This is a Set, because a caller that gives up may leave from anywhere in the queue. */
  const waiting = new Set<() => void>();

  return {
    take: (waitMs) => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => {
        waiting.delete(grant);
        resolve(false);
      }, waitMs);
      const grant = (): void => {
        clearTimeout(timer);
        waiting.delete(grant);
        resolve(true);
      };
      waiting.add(grant);
      return promise;
    },
    giveBack: () => {
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next();
    },
  };
}
