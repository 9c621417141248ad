/** The next opening that the page shows. The page's clock must be accurate at that instant. */
export type NextInstant = { get: () => number | null; set: (ms: number) => void };

export function nextInstant(): NextInstant {
  let atMs: number | null = null;
  return {
    get: () => atMs,
    set: (ms) => {
      atMs = ms;
    },
  };
}
