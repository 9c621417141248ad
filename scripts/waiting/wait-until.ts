import { setTimeout as sleep } from 'node:timers/promises';

export type Found<T> = Exclude<T, false | null | undefined>;

export type WaitOptions = {
  /** How long it may take; without it, for as long as `look` does not throw. */
  limitMs?: number;
  /** What to say when it took longer. */
  late?: () => string;
  everyMs?: number;
  /** Gives the wait up: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
};

/**
 * Looks again and again, at least once, until there is something other than false, null or undefined, and resolves to it.
 * Rejects as soon as `look` throws, and when the limit is over.
 */
export async function waitUntil<T>(
  look: () => T | Promise<T>,
  { limitMs = Infinity, late = () => `It was not there within ${limitMs} ms.`, everyMs = 20, signal }: WaitOptions = {},
): Promise<Found<T>> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await look();
    if (isFound(value)) return value;
    if (performance.now() > deadlineMs) throw new Error(late());
    // Given up, the next turn says why.
    await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

function isFound<T>(value: T): value is Found<T> {
  return value !== false && value !== null && value !== undefined;
}
