/** The server's clock, as exactly as the page knows it. */
export type ServerClock = {
  /** In ms since 1970. Before the server's first answer, this device's time. */
  nowMs(): number;
  /** How wrong `nowMs` may be. `Infinity` before the server's first answer. */
  errorMs(): number;
  /** Takes a time that the server read between two moments of `localMs`. */
  learn(sentMs: number, serverMs: number, receivedMs: number): void;
  /** Calls `listener` when the estimate changes. Returns a function that ends this. */
  subscribe(listener: () => void): () => void;
};

/**
 * A clock that never goes back and that setting the wall clock does not move. On some systems it stops during sleep.
 */
export const localMs = (): number => performance.timeOrigin + performance.now();
