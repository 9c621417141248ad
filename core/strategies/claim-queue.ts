/** Calls that wait to be decided together, in the order in which they came. */
export type Waiting<Outcome> = {
  userId: string;
  resolve: (outcome: Outcome) => void;
  reject: (cause: unknown) => void;
};

export type ClaimQueue<Outcome> = {
  /** Puts a user at the end. */
  push(userId: string): Promise<Outcome>;
  readonly length: number;
};

/** The most calls to Redis that one event has under way at a time; more arrivals wait and so share the next call. */
const callsMax = 2;

/**
 * Collects what arrives in one turn of the event loop and decides it in batches of at most `batchMax`.
 * `decide` settles every one of its batch and never throws. When it resolves to a cause, the store does not answer: those
 * who wait behind the batch are rejected with it at once, because their own call would make them wait as long again.
 */
export function createClaimQueue<Outcome>(
  batchMax: number,
  decide: (batch: Waiting<Outcome>[]) => Promise<{ unanswered: unknown } | null>,
): ClaimQueue<Outcome> {
  let waiting: Waiting<Outcome>[] = [];
  let calls = 0;
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled || calls >= callsMax || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      send();
    });
  };

  const send = (): void => {
    while (waiting.length > 0 && calls < callsMax) {
      const batch = waiting.length <= batchMax ? waiting : waiting.slice(0, batchMax);
      waiting = waiting.length <= batchMax ? [] : waiting.slice(batchMax);
      calls += 1;
      void decide(batch).then((trouble) => {
        calls -= 1;
        if (trouble !== null) rejectWaiting(trouble.unanswered);
        schedule();
      });
    }
  };

  const rejectWaiting = (cause: unknown): void => {
    const rejected = waiting;
    waiting = [];
    for (const { reject } of rejected) reject(cause);
  };

  return {
    push: (userId) =>
      new Promise((resolve, reject) => {
        waiting.push({ userId, resolve, reject });
        // A burst on thousands of connections makes a turn of the loop long: a full batch need not wait for its end.
        if (waiting.length >= batchMax && calls < callsMax) send();
        else schedule();
      }),
    get length() {
      return waiting.length;
    },
  };
}
