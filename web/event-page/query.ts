import { backOffMs } from '../shared/back-off.ts';
import { failureOf } from '../shared/client.ts';

/** What the page knows about the data that it requests. */
export type QueryState<Data> = {
  /** The last answer; undefined before the first one. */
  data: Data | undefined;
  /** The last final error. Null again after the next answer. */
  error: unknown;
  /** How many calls have failed since the last answer. */
  failures: number;
};

/** Data that the page requests from the server. The page asks only while somebody is subscribed. */
export type Query<Data> = {
  state: () => QueryState<Data>;
  subscribe: (listener: () => void) => () => void;
  /** Asks at once. If a call is already running, drops it. */
  refresh: () => void;
  /** Sets the answer, if the page has got it in another way. */
  set: (data: Data) => void;
};

/** Whether anybody can see the page. */
export type Visibility = {
  isHidden: () => boolean;
  /** Registers a callback that runs when the page is shown again or the network is back. */
  onWake: (wake: () => void) => () => void;
};

type Options<Data> = {
  ask: (signal: AbortSignal) => Promise<Data>;
  /** How long to wait after an answer before asking again. Null means never. */
  repeatAfterMs?: (data: Data) => number | null;
  /** How long an answer stays fresh. If the page is shown again after that, it asks at once. */
  freshMs?: number;
  random?: () => number;
};

/**
 * Repeats a failed call with back-off until the server gives a final answer. After an answer, asks again at the given
 * pace. A hidden page does not ask; it asks at once when it is shown again or the network is back.
 */
export function createQuery<Data>(
  { ask, repeatAfterMs = () => null, freshMs = 1_000, random }: Options<Data>,
  visibility: Visibility,
): Query<Data> {
  const listeners = new Set<() => void>();
  let state: QueryState<Data> = { data: undefined, error: null, failures: 0 };
  let answeredAtMs = -Infinity;
  /** Drops the running call. */
  let drop: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave = (): void => undefined;

  const update = (next: QueryState<Data>): void => {
    state = next;
    listeners.forEach((listener) => listener());
  };
  const later = (ms: number | null): void => {
    clearTimeout(timer);
    timer = ms === null ? undefined : setTimeout(runIfShown, ms);
  };
  const stop = (): void => {
    clearTimeout(timer);
    drop?.();
    drop = null;
  };
  const take = (data: Data): void => {
    drop = null;
    answeredAtMs = performance.now();
    later(repeatAfterMs(data));
    update({ data, error: null, failures: 0 });
  };
  const fail = (error: unknown): void => {
    drop = null;
    const failure = failureOf(error);
    const failures = state.failures + 1;
    const isFinal = failure.kind !== 'undecided';
    if (!isFinal) later(backOffMs(failures + 1, failure.retryAfterMs, random));
    else later(state.data === undefined ? null : repeatAfterMs(state.data));
    update({ ...state, failures, error: isFinal ? error : state.error });
  };
  const run = (): void => {
    stop();
    drop = start(ask, take, fail);
  };
  const runIfShown = (): void => {
    if (!visibility.isHidden()) run();
  };
  const wake = (): void => {
    const isStale = state.failures > 0 || performance.now() - answeredAtMs > freshMs;
    if (drop === null && isStale) runIfShown();
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      if (listeners.size === 1) {
        leave = visibility.onWake(wake);
        // Make the first call even if the page is hidden, for example in a tab opened in the background.
        if (state.data === undefined) run();
        else wake();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        leave();
        stop();
      };
    },
    refresh: run,
    set: (data) => {
      stop();
      take(data);
    },
  };
}

/** Makes a call. Returns a function that drops the call, so that neither callback runs. */
function start<Data>(
  ask: (signal: AbortSignal) => Promise<Data>,
  take: (data: Data) => void,
  fail: (error: unknown) => void,
): () => void {
  const controller = new AbortController();
  let isDropped = false;
  ask(controller.signal).then(
    (data) => {
      if (!isDropped) take(data);
    },
    (error: unknown) => {
      if (!isDropped) fail(error);
    },
  );
  return () => {
    isDropped = true;
    controller.abort();
  };
}
