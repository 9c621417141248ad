/** The next opening that the page waits for, at which the clock must be accurate. */
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
