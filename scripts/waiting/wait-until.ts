import { setTimeout as sleep } from 'node:timers/promises';

export type Found<T> = Exclude<T, false | null | undefined>;

export type WaitOptions = {
  /** How long to wait at most. If undefined, the wait has no limit. */
  limitMs?: number;
  /** The error message if the limit is exceeded. */
  late?: () => string;
  everyMs?: number;
  /** An abort rejects the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
};

/**
 * Calls `look` at least once, until it returns something other than false, null or undefined, and resolves to that.
 * Rejects if `look` throws or the wait exceeds the limit.
 */
export async function waitUntil<T>(
  look: () => T | Promise<T>,
  {
    limitMs = Infinity,
    late = () => `The condition was not met within ${limitMs} ms.`,
    everyMs = 20,
    signal,
  }: WaitOptions = {},
): Promise<Found<T>> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await look();
    if (isFound(value)) return value;
    if (performance.now() > deadlineMs) throw new Error(late());
    // After an abort, the next iteration of the loop throws the reason.
    await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

function isFound<T>(value: T): value is Found<T> {
  return value !== false && value !== null && value !== undefined;
}
