/** The server's clock, as accurately as the page knows it. */
export type ServerClock = {
  /** In ms since 1970. Before the server's first answer, this machine's time. */
  nowMs(): number;
  /** How far `nowMs` may be wrong; `Infinity` before the server's first answer. */
  errorMs(): number;
  /** Takes a time that the server read between two moments of `localMs`. */
  learn(sentMs: number, serverMs: number, receivedMs: number): void;
  /** Registers a callback for changes of the estimate. */
  subscribe(listener: () => void): () => void;
};

/**
 * This clock never goes back, and setting the wall clock does not move it. Whether it advances while the machine sleeps
 * differs by system.
 */
export const localMs = (): number => performance.timeOrigin + performance.now();
