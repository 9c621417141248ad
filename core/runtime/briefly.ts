import { LRUCache } from 'lru-cache';
import { Fault } from './fault.ts';

export type Loaded<Value> = { value: Value } | { cause: unknown };

/** `loaded` is null during the load. */
type Entry<Value> = { untilMs: number; value: Promise<Value>; loaded: Loaded<Value> | null };

/** Returns the remembered value of a key, or loads it. */
export type Remembered<Value> = {
  (key: string): Promise<Value>;
  /** Forgets the key if its remembered value is this one, so that the next call loads it again. */
  forget(key: string, value: Value): void;
};

/**
 * Loads a key only once at a time, however many callers ask, and remembers the result for the number of ms that
 * `holdMs` returns for it. Remembers at most `keysMax` keys and drops the least recently used one.
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

/** Remembers values and `not_found` for `ms`. Remembers other failures for `failuresMs`, by default not at all. */
export const holdAnswers =
  (ms: number, failuresMs = 0) =>
  (loaded: Loaded<unknown>): number =>
    'value' in loaded || (loaded.cause instanceof Fault && loaded.cause.code === 'not_found') ? ms : failuresMs;
