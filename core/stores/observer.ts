/** What core reports about its own work, from which processes make metrics (core/metrics/catalogue.ts). */
export type CoreFacts = {
  /** A batch of claims was sent to Redis: how many. */
  claimBatch: number;
  /** A drain moved a batch of an outbox to MySQL, in one statement unless MySQL refused a claim. */
  drained: { claims: number; persisted: number; setAside: number; tookMs: number };
  /** One entry of that batch: how many claims it has, and how long after their decision MySQL had them. */
  persisted: { claims: number; afterMs: number };
};

/** Takes these reports. Its methods must neither throw nor wait: claims and drains call them. */
export type Observer = { [Name in keyof CoreFacts]: (fact: CoreFacts[Name]) => void };

const ignore = (): void => undefined;
export const silentObserver: Observer = { claimBatch: ignore, drained: ignore, persisted: ignore };
