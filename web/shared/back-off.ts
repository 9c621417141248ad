const firstMs = 300;
const mostMs = 8_000;

/**
 * How long to wait before a call is repeated: as long as the server asks, plus a random time whose maximum doubles with
 * each try, so that a crowd that failed together does not return together.
 */
export function backOffMs(failures: number, retryAfterMs: number, random: () => number = Math.random): number {
  return retryAfterMs + random() * Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** `Retry-After` in ms, from seconds or a date. 0 if it is missing or can't be read. */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number {
  if (header === null || header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim())
    ? Number(header) * 1_000
    : /^[A-Z]/.test(header)
      ? Date.parse(header) - nowMs
      : 0;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 60_000) : 0;
}
