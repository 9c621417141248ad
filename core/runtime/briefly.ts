import { LRUCache } from 'lru-cache';
import { Fault } from './fault.ts';

/** What a load ended with. */
export type Loaded<Value> = { value: Value } | { cause: unknown };

/** `loaded` is null while the load is under way. */
type Entry<Value> = { untilMs: number; value: Promise<Value>; loaded: Loaded<Value> | null };

/** Loads a key, or gives what is remembered of it. */
export type Remembered<Value> = {
  (key: string): Promise<Value>;
  /** Forgets the answer to a key where it is this value, so that the next call loads the key again. */
  forget(key: string, value: Value): void;
};

/**
 * Loads a key once at a time, however many ask, and remembers the answer for as many ms as `holdMs` says of it.
 * At most `keysMax` keys; those asked for longest ago go first.
 */
export function rememberBriefly<Value>(
  load: (key: string) => Promise<Value>,
  { holdMs, keysMax }: { holdMs: (loaded: Loaded<Value>) => number; keysMax: number },
): Remembered<Value> {
  const entries = new LRUCache<string, Entry<Value>>({ max: keysMax });
  const get = (key: string): Promise<Value> => {
    const entry = entries.get(key);
    if (entry !== undefined && performance.now() < entry.untilMs) return entry.value;
    const value = load(key);
    const fresh: Entry<Value> = { untilMs: Infinity, value, loaded: null };
    entries.set(key, fresh);
    const hold = (loaded: Loaded<Value>): void => {
      fresh.untilMs = performance.now() + holdMs(loaded);
      fresh.loaded = loaded;
    };
    value.then(
      (loaded) => hold({ value: loaded }),
      (cause: unknown) => hold({ cause }),
    );
    return value;
  };
  return Object.assign(get, {
    forget: (key: string, value: Value): void => {
      const loaded = entries.peek(key)?.loaded;
      if (loaded && 'value' in loaded && loaded.value === value) entries.delete(key);
    },
  });
}

/** Holds values, and that something does not exist, for `ms`; other failures for `failuresMs`, by default not at all. */
export const holdAnswers =
  (ms: number, failuresMs = 0) =>
  (loaded: Loaded<unknown>): number =>
    'value' in loaded || (loaded.cause instanceof Fault && loaded.cause.code === 'not_found') ? ms : failuresMs;
