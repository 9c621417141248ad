/** The page's estimate of the server's clock. */
export type ServerClock = {
  /** Milliseconds since 1970. Before the server's first answer, this is the device's own time. */
  nowMs(): number;
  /** How wrong `nowMs` may be. `Infinity` before the server's first answer. */
  errorMs(): number;
  /**
   * Takes a new measurement: the server read `serverMs` between `sentMs` and `receivedMs`, which are times of
   * `localMs`.
   */
  learn(sentMs: number, serverMs: number, receivedMs: number): void;
  /** Calls `listener` whenever the estimate changes. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
};

/**
 * The page's clock. It never goes back, and setting the device's clock does not change it. On some systems it stops
 * during sleep.
 */
export const localMs = (): number => performance.timeOrigin + performance.now();
