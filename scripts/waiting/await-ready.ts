import { waitUntil } from './wait-until.ts';

const readyLimitMs = 60_000;
const sayEveryMs = 10_000;

/**
 * Waits until the API process at `url` is ready for claims (`/readyz` returns 200). `requireAlive` throws if the
 * process has ended. Rejects after a minute, with the last answer.
 */
export async function awaitReady(
  url: string,
  {
    requireAlive,
    say,
    signal,
  }: { requireAlive: () => void; say?: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  let saidMs = performance.now();
  let last = 'no answer';
  const isReady = async (): Promise<boolean> => {
    requireAlive();
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return true;
      last = `${response.status} ${await response.text()}`;
    } catch {
      // The process does not listen yet.
    }
    if (performance.now() - saidMs > sayEveryMs) {
      saidMs = performance.now();
      say?.(`Still waiting for ${url}/readyz to return 200; its last answer: ${last}`);
    }
    return false;
  };
  const late = (): string =>
    `${url}/readyz did not return 200 within ${readyLimitMs / 1_000} s; its last answer: ${last}`;
  await waitUntil(isReady, { limitMs: readyLimitMs, everyMs: 50, late, signal });
}
