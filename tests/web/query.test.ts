import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQuery, type Query, type Visibility } from '../../web/event-page/query.ts';
import { NotSignedIn } from '../../web/shared/identity.ts';

/** A page that the test can hide and show. */
let hidden = false;
const wakers = new Set<() => void>();
const wake = (): void => wakers.forEach((each) => each());
const visibility: Visibility = {
  isHidden: () => hidden,
  onWake: (waker) => {
    wakers.add(waker);
    return () => void wakers.delete(waker);
  },
};
const hide = (): void => {
  hidden = true;
};
const show = (): void => {
  hidden = false;
  wake();
};

beforeEach(() => {
  hidden = false;
  wakers.clear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Opens a query whose calls the test answers. `random` is 1, so each wait is the longest possible. */
function openQuery(options: { repeatAfterMs?: () => number | null; freshMs?: number } = {}) {
  const calls: { resolve: (data: string) => void; reject: (error: Error) => void; signal: AbortSignal }[] = [];
  const ask = (signal: AbortSignal): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    calls.push({ resolve, reject, signal });
    return promise;
  };
  const query = createQuery({ ask, random: () => 1, ...options }, visibility);
  /** Ends the last call, and waits until the query has noticed. */
  const end = async (with_: string | Error): Promise<void> => {
    const last = calls.at(-1);
    if (with_ instanceof Error) last?.reject(with_);
    else last?.resolve(with_);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { query, calls, end };
}

const silence = new TypeError('The network is down on purpose.');
const follow = <Data>(query: Query<Data>): (() => void) => query.subscribe(() => undefined);

describe('data that the page asks the server for', () => {
  it('is requested again after a failure, with longer and longer waits, until an answer arrives', async () => {
    const { query, calls, end } = openQuery();
    follow(query);
    for (const [failures, waitMs] of [600, 1_200, 2_400].entries()) {
      await end(silence);
      expect(query.state()).toEqual({ data: undefined, error: null, failures: failures + 1 });
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      expect(calls).toHaveLength(failures + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(calls).toHaveLength(failures + 2);
    }
    await end('here');
    expect(query.state()).toEqual({ data: 'here', error: null, failures: 0 });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toHaveLength(4);
  });

  it('is not requested again after a final error, until the page is shown again', async () => {
    const { query, calls, end } = openQuery();
    follow(query);
    const error = new NotSignedIn('Nobody is signed in.', { isSure: true });
    await end(error);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toHaveLength(1);
    expect(query.state().error).toBe(error);
    hide();
    show();
    expect(calls).toHaveLength(2);
    expect(query.state().error).toBe(error);
    await end('signed in');
    expect(query.state()).toEqual({ data: 'signed in', error: null, failures: 0 });
  });

  it('is requested at the given pace, and stays as it is while calls fail', async () => {
    const { query, calls, end } = openQuery({ repeatAfterMs: () => 5_000 });
    follow(query);
    await end('one');
    await vi.advanceTimersByTimeAsync(5_000);
    await end(silence);
    expect(query.state()).toEqual({ data: 'one', error: null, failures: 1 });
    await vi.advanceTimersByTimeAsync(600);
    await end('two');
    expect([query.state().data, calls.length]).toEqual(['two', 3]);
  });

  it('is not requested while the page is hidden, but at once when the page is shown', async () => {
    const { query, calls, end } = openQuery({ repeatAfterMs: () => 5_000 });
    follow(query);
    await end('one');
    hide();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(1);
    show();
    expect(calls).toHaveLength(2);
    await end('two');
    hide();
    show();
    // The answer is still fresh, so the query does not ask again.
    expect(calls).toHaveLength(2);
  });

  it('is requested once even in a tab that was opened in the background', async () => {
    hide();
    const { query, calls, end } = openQuery();
    follow(query);
    await end('here');
    expect([query.state().data, calls.length]).toEqual(['here', 1]);
  });

  it('is requested at once when the network is back', async () => {
    const { query, calls, end } = openQuery();
    follow(query);
    await end(silence);
    wake();
    expect(calls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toHaveLength(2);
  });

  it('is not replaced by the answer to an older call that was still running', async () => {
    const { query, calls, end } = openQuery();
    follow(query);
    query.set('just won');
    expect(calls[0]?.signal.aborted).toBe(true);
    await end('an older answer');
    expect(query.state().data).toBe('just won');
    query.refresh();
    await end('newest');
    expect(query.state().data).toBe('newest');
  });

  it('is no longer requested once nothing on the page uses it', async () => {
    const { query, calls, end } = openQuery({ repeatAfterMs: () => 5_000 });
    const leave = follow(query);
    const leaveToo = follow(query);
    await end('one');
    leave();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toHaveLength(2);
    leaveToo();
    expect(calls[1]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    hide();
    show();
    expect(calls).toHaveLength(2);
  });
});
