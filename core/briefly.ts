import { Fault } from './fault.ts';

/** What a load ended with. */
export type Loaded<Value> = { value: Value } | { cause: unknown };

/**
 * Loads a key once at a time, however many ask, and remembers the answer for as many ms as `holdMs` says of it.
 * At most `keysMax` keys, the oldest go first.
 */
export function rememberBriefly<Value>(
  load: (key: string) => Promise<Value>,
  { holdMs, keysMax }: { holdMs: (loaded: Loaded<Value>) => number; keysMax: number },
): (key: string) => Promise<Value> {
  const entries = new Map<string, { untilMs: number; value: Promise<Value> }>();
  return (key) => {
    const entry = entries.get(key);
    if (entry !== undefined && performance.now() < entry.untilMs) return entry.value;
    const value = load(key);
    const fresh = { untilMs: Infinity, value };
    entries.delete(key);
    const oldest = entries.keys().next();
    if (entries.size >= keysMax && !oldest.done) entries.delete(oldest.value);
    entries.set(key, fresh);
    const hold = (loaded: Loaded<Value>): void => {
      fresh.untilMs = performance.now() + holdMs(loaded);
    };
    value.then(
      (loaded) => hold({ value: loaded }),
      (cause: unknown) => hold({ cause }),
    );
    return value;
  };
}

/** Holds values, and that something does not exist, for `ms`; other failures for `failuresMs`, by default not at all. */
export const holdAnswers =
  (ms: number, failuresMs = 0) =>
  (loaded: Loaded<unknown>): number =>
    'value' in loaded || (loaded.cause instanceof Fault && loaded.cause.code === 'not_found') ? ms : failuresMs;
