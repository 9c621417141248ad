import { LRUCache } from 'lru-cache';

/** Remembers the last state of things that are checked repeatedly, so that a lasting state is logged only once. */
export type StateChanges = {
  /** Whether this state of `key` differs from the one at the last check, or is the first one. */
  isNew(this: void, key: string, state: string): boolean;
  /** Records that `key` is fine again. Its next state counts as new, even if it is the same as before. */
  clear(this: void, key: string): void;
};

/** If there are more keys than this, the least recently checked one is forgotten, so its state is logged again. */
const keysMax = 10_000;

/** Create one for each process. */
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

/** The state that stands for a failure. Failures with the same name and message are the same state. */
export const failureState = (err: unknown): string =>
  err instanceof Error ? `${err.name}: ${err.message}` : String(err);
