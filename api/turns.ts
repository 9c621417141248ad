/** Begins the calls of a request when its turn comes. `calls` is the number of those calls. */
export type TakeTurn = (calls: number, begin: () => void) => void;

type Waiting = { calls: number; begin: () => void };

/**
 * Begins requests in the order of arrival, with at most `callsMax` calls in one turn of the event loop. A larger
 * request gets a turn of its own. Between turns the loop does all other work. So work that needs ten round trips to the
 * stores waits for ten turns, rather than for every request that has arrived.
 */
export function createTurns(callsMax: number): TakeTurn {
  const waiting = new Set<Waiting>();
  /** Calls begun in this turn. */
  let begun = 0;

  const fits = (calls: number): boolean => begun === 0 || begun + calls <= callsMax;

  const start = ({ calls, begin }: Waiting): void => {
    if (begun === 0) setImmediate(nextTurn);
    begun += calls;
    begin();
  };

  const nextTurn = (): void => {
    begun = 0;
    for (const request of waiting) {
      if (!fits(request.calls)) return;
      waiting.delete(request);
      start(request);
    }
  };

  return (calls, begin) => {
    const request = { calls, begin };
    if (waiting.size === 0 && fits(calls)) start(request);
    else waiting.add(request);
  };
}
