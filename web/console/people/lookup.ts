/**
 * Cache settings for queries of users' claims. The audit trail records each query, so the console repeats one only if
 * the reader asks for it.
 */
export const lookedUpOnce = {
  staleTime: Infinity,
  gcTime: 60_000,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;
