const firstMs = 300;
const mostMs = 8_000;

/**
 * How long to wait before the same call again: what the server asked for, and then anything up to twice as much each time,
 * so that a crowd which failed together does not come back together.
 */
export function backOffMs(failures: number, retryAfterMs: number, random: () => number = Math.random): number {
  return retryAfterMs + random() * Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** `Retry-After` in ms: seconds or a date; 0 for none, or what nobody can read. */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number {
  if (header === null || header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 60_000) : 0;
}
