/** A claim that a user holds. */
export type Claim = {
  serial: number;
  code: string;
  claimedAtMs: number;
  round: number;
};

/** The answer to a claim. Losing is an answer; a failure is thrown as a `Fault`. */
export type ClaimOutcome =
  | ({ status: 'issued'; replayed: boolean } & Claim)
  | { status: 'sold_out' }
  | { status: 'not_open'; opensAtMs: number; serverTimeMs: number }
  | { status: 'paused' }
  | { status: 'closed' };

/** A claim and how far it has come: `accepted` means fsynced in Redis, `persisted` means stored in MySQL. */
export type OwnClaim = Claim & { state: 'accepted' | 'persisted' };

/** A claim in a list that covers several events, with what its owner needs to know about the event. */
export type ListedClaim = OwnClaim & {
  eventId: string;
  eventName: string;
  amount: number;
  currency: string;
  /** When the coupon stops being valid; null if the event sets no end. */
  validUntilMs: number | null;
};
export type AdminClaim = Claim & {
  eventId: string;
  userId: string;
  state: 'accepted' | 'persisted';
  persistedAtMs: number | null;
};
