import { waitUntil, type Found } from '../../scripts/waiting/wait-until.ts';

/**
 * Waits until `condition` returns a value other than false, null or undefined, and resolves to that value. Throws after
 * `limitMs` (default: 10 s). The error names `what` and, if `condition` threw, the last error of `condition`.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, limitMs = 10_000 }: { what: string; limitMs?: number },
): Promise<Found<T>> {
  let lastError: unknown;
  const look = async (): Promise<T | null> => {
    try {
      const value = await condition();
      lastError = undefined;
      return value;
    } catch (error) {
      lastError = error;
      return null;
    }
  };
  try {
    return await waitUntil(look, { limitMs });
  } catch {
    throw new Error(`Gave up waiting for ${what} after ${limitMs} ms.`, { cause: lastError });
  }
}
