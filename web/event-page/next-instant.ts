/** The instant that the page waits for: what the clock needs to be right for. */
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
