import { activeSpan, type Span } from '../../tracing/span.ts';

/** The most users per call of a script. With 256, the script takes well under a millisecond. */
export const decideUsersMax = 256;

/** A queued call. */
export type Waiting<Item, Outcome> = {
  item: Item;
  /** The traced call that waits; undefined if it is not traced. */
  span: Span | undefined;
  resolve: (outcome: Outcome) => void;
  reject: (cause: unknown) => void;
};

export type ClaimQueue<Item, Outcome> = {
  /** Puts an item, such as a user, at the end of the queue. */
  push(item: Item): Promise<Outcome>;
  /** Puts calls that `decide` left unsettled back into the queue, behind its first `behind` calls. */
  putBack(calls: readonly Waiting<Item, Outcome>[], behind: number): void;
  readonly length: number;
};

/**
 * Collects the calls that arrive in one turn of the event loop and decides them in batches of at most `batchMax`, one
 * batch at a time. Calls that arrive during a batch share the next one and its fsync: with two batches under way, 64
 * connections got 9,000 claims/s; with one, 15,000. `decide` never throws. `decide` settles each call of its batch, or
 * keeps the call for `putBack`. If the store does not answer, `decide` resolves to the cause. All queued calls are then
 * rejected with that cause, because the next batch would wait just as long.
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
        waiting.push({ item, span: activeSpan(), resolve, reject });
        // A burst on thousands of connections makes a turn of the event loop long, so a full batch is sent before the
        // turn ends.
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
