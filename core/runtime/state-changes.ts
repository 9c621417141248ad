import { LRUCache } from 'lru-cache';

/** Remembers the last state of things that are checked repeatedly, so that a lasting state is logged only once. */
export type StateChanges = {
  /** Whether `key` had another state, or none, at the last check. */
  isNew(this: void, key: string, state: string): boolean;
  /** Records that `key` is fine again: its next state counts as new, whichever it is. */
  clear(this: void, key: string): void;
};

/** Bounds the memory. Beyond it, the least recently checked key is forgotten, and its state is logged again. */
const keysMax = 10_000;

/** One for each process. */
export function createStateChanges(): StateChanges {
  const states = new LRUCache<string, string>({ max: keysMax });
  return {
    isNew: (key, state) => {
      if (states.get(key) === state) return false;
      states.set(key, state);
      return true;
    },
    clear: (key) => void states.delete(key),
  };
}

/** The state of a failure. The same failure again is the same state. */
export const failureState = (err: unknown): string =>
  err instanceof Error ? `${err.name}: ${err.message}` : String(err);
