import { monotonicMs } from './monotonic.ts';

/** The server's time on this machine's monotonic clock: `serverMs = monotonicMs() + offsetMs`, give or take `errorMs`. */
export type ServerClock = { offsetMs: number; errorMs: number; roundTripMs: number };

const samples = 20;
/** What the server's own estimate of its store's clock may be off by: it asks over a local connection, in some ms. */
const serverEstimateMs = 2;

/**
 * Asks for the server's time several times and believes the fastest answer: the reply's time lies somewhere in its
 * round trip, and is told in whole ms.
 */
export async function readServerClock(askServerTimeMs: () => Promise<number>): Promise<ServerClock> {
  let best: ServerClock | undefined;
  for (let i = 0; i < samples; i += 1) {
    const askedMs = monotonicMs();
    const serverTimeMs = await askServerTimeMs();
    const answeredMs = monotonicMs();
    const roundTripMs = answeredMs - askedMs;
    if (best !== undefined && best.roundTripMs <= roundTripMs) continue;
    const offsetMs = serverTimeMs + 0.5 - (askedMs + answeredMs) / 2;
    best = { offsetMs, roundTripMs, errorMs: roundTripMs / 2 + 0.5 + serverEstimateMs };
  }
  if (best === undefined) throw new Error('no sample of the server time was taken');
  return best;
}
