import { LRUCache } from 'lru-cache';

/** The last known state of things that are checked repeatedly, so that a lasting state is logged once. */
export type StateChanges = {
  /** Whether `key` was in another state, or in none, when it was last looked at. */
  isNew(this: void, key: string, state: string): boolean;
  /** `key` is as it should be: its next state is new, whichever it is. */
  clear(this: void, key: string): void;
};

/** Bounds the memory; beyond it the key that was looked at longest ago is forgotten, and its state logged again. */
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

/** The state of a failure: the same one again and again is one state. */
export const failureState = (err: unknown): string =>
  err instanceof Error ? `${err.name}: ${err.message}` : String(err);
