/** What core tells about itself while it works; processes turn it into metrics. Nothing here may throw or wait. */
export type Observer = {
  /** A batch of claims was sent to Redis. */
  claimBatch(size: number): void;
};

export const silentObserver: Observer = { claimBatch: () => undefined };
