/** The server's clock, as well as it is known here. */
export type ServerClock = {
  /** Ms since 1970. Before the server first answered, this machine's time. */
  nowMs(): number;
  /** How far `nowMs` may be wrong; `Infinity` before the server first answered. */
  errorMs(): number;
  /** Takes what the server said of its time between two moments of `localMs`. */
  learn(sentMs: number, serverMs: number, receivedMs: number): void;
  /** Is told when the estimate has changed. */
  subscribe(listener: () => void): () => void;
};

/** Never goes back, and no clock setting moves it; whether it goes on while the machine sleeps differs by system. */
export const localMs = (): number => performance.timeOrigin + performance.now();
