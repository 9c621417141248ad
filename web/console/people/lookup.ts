/**
 * How queries for users' claims are kept. Each one is written to the audit trail, so only a reader's own action repeats
 * it.
 */
export const lookedUpOnce = {
  staleTime: Infinity,
  gcTime: 60_000,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;
