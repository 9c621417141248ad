import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` gives something other than false, null or undefined, and resolves to it. Throws after
 * `limitMs` (default 10 s), naming `what` it waited for and the last error, if the condition threw.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, limitMs = 10_000 }: { what: string; limitMs?: number },
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = performance.now() + limitMs;
  let lastError: unknown;
  do {
    try {
      const value = await condition();
      lastError = undefined;
      if (isThere(value)) return value;
    } catch (error) {
      lastError = error;
    }
    await sleep(20);
  } while (performance.now() < deadlineMs);
  throw new Error(`Waited ${limitMs} ms for ${what}, in vain.`, { cause: lastError });
}

function isThere<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
