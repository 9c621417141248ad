/** What core tells about itself while it works; processes turn it into metrics. Nothing here may throw or wait. */
export type Observer = {
  /** A batch of claims was sent to Redis. */
  claimBatch(size: number): void;
  /** Claims reached MySQL; `lagMs` is the age of the oldest of them. */
  persisted(claims: number, lagMs: number): void;
  /** Claims were set aside, because MySQL could not take them. */
  setAside(claims: number): void;
  /** An event's gate was found to be lost. */
  gateLost(eventId: string): void;
};

export const silentObserver: Observer = {
  claimBatch: () => undefined,
  persisted: () => undefined,
  setAside: () => undefined,
  gateLost: () => undefined,
};
