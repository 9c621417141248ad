/** A store that hangs must not keep the other metrics from being read. */
const limitMs = 500;

/** The result; null if it fails or takes too long. */
export async function inTime<T>(ask: () => Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), limitMs);
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
