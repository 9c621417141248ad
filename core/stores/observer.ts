/** What core reports about its own work. Processes turn it into metrics (core/metrics/catalogue.ts). */
export type CoreFacts = {
  /** The size of a batch of claims that was sent to Redis. */
  claimBatch: number;
  /** A drain moved a batch of an outbox to MySQL, in one statement unless MySQL refused a claim. */
  drained: { claims: number; persisted: number; setAside: number; tookMs: number };
  /** One entry of that batch: its number of claims, and how long after their decision MySQL had them. */
  persisted: { claims: number; afterMs: number };
  /** Too few replicas acknowledged something in time, so nobody was told; the value is how many did. */
  acksMissing: number;
};

/** Receives these reports. Its methods must neither throw nor block: claims and drains call them. */
export type Observer = { [Name in keyof CoreFacts]: (fact: CoreFacts[Name]) => void };

const ignore = (): void => undefined;
export const silentObserver: Observer = { claimBatch: ignore, drained: ignore, persisted: ignore, acksMissing: ignore };
