const firstMs = 300;
const mostMs = 8_000;

/**
 * How long to wait before repeating a call: as long as the server asks for, plus a random time. The random time's
 * maximum doubles with each try, so that a crowd whose calls failed together does not return together.
 */
export function backOffMs(failures: number, retryAfterMs: number, random: () => number = Math.random): number {
  return retryAfterMs + random() * Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** Converts `Retry-After`, in seconds or a date, to ms. Returns 0 if the header is missing or can't be read. */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number {
  if (header === null || header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim())
    ? Number(header) * 1_000
    : /^[A-Z]/.test(header)
      ? Date.parse(header) - nowMs
      : 0;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 60_000) : 0;
}
