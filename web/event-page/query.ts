import { backOffMs } from '../shared/back-off.ts';
import { failureOf } from '../shared/client.ts';

/** What the page knows about something that it asks the server for. */
export type QueryState<Data> = {
  /** The last answer; undefined before the first one. */
  data: Data | undefined;
  /** The last final error, until the next answer. */
  error: unknown;
  /** How many tries have failed since the last answer. */
  failures: number;
};

/** Asks the server while somebody is subscribed. */
export type Query<Data> = {
  state: () => QueryState<Data>;
  subscribe: (listener: () => void) => () => void;
  /** Asks at once, and drops a call that is on its way. */
  refresh: () => void;
  /** Takes an answer that the page got in another way. */
  set: (data: Data) => void;
};

/** Whether anybody can see the page. */
export type Visibility = {
  isHidden: () => boolean;
  /** Registers a callback for when the page is shown again, or the network is back. */
  onWake: (wake: () => void) => () => void;
};

type Options<Data> = {
  ask: (signal: AbortSignal) => Promise<Data>;
  /** How long after an answer to ask again; null for never. */
  repeatAfterMs?: (data: Data) => number | null;
  /** How long an answer counts as fresh. If the page is shown again later than this, it asks at once. */
  freshMs?: number;
  random?: () => number;
};

/**
 * Repeats a failed call with back-off until the server gives a final answer, and asks again at the given pace. A hidden
 * page asks nothing; when it is shown, or the network is back, it asks at once.
 */
export function createQuery<Data>(
  { ask, repeatAfterMs = () => null, freshMs = 1_000, random }: Options<Data>,
  visibility: Visibility,
): Query<Data> {
  const listeners = new Set<() => void>();
  let state: QueryState<Data> = { data: undefined, error: null, failures: 0 };
  let answeredAtMs = -Infinity;
  /** Drops the call that is on its way. */
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
        // The first call is made even while the page is hidden, as in a tab that was opened in the background.
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

/** Makes a call. Returns a function that drops it: then neither callback is called. */
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
