/** What core reports about its own work, for metrics. */
export type CoreFacts = {
  /** The size of a batch of claims that was sent to Redis. */
  claimBatch: number;
  /** A drain moved a batch of an outbox to MySQL, in one statement, or in several if MySQL refused a claim. */
  drained: { claims: number; persisted: number; setAside: number; tookMs: number };
  /**
   * A drain moved one entry of an outbox to MySQL: how many claims it had, and how long after their decision MySQL had
   * them.
   */
  persisted: { claims: number; afterMs: number };
  /**
   * Too few replicas acknowledged a write in time, so nobody got an answer that depends on that write. The value is how
   * many replicas did acknowledge it.
   */
  acksMissing: number;
};

/** Receives these reports. Its methods must neither throw nor block, because claims and drains call them. */
export type Observer = { [Name in keyof CoreFacts]: (fact: CoreFacts[Name]) => void };

const ignore = (): void => undefined;
export const silentObserver: Observer = { claimBatch: ignore, drained: ignore, persisted: ignore, acksMissing: ignore };
