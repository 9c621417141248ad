import type { Redis } from 'ioredis';
import { engineOf } from '../../core/engines/engines.ts';
import type { StrategyName } from '../../core/events/event.ts';
import type { Db } from '../../core/mysql/open-db.ts';
import { monotonicMs } from './monotonic.ts';

/**
 * A store's clock relative to this machine's monotonic clock: `storeMs = monotonicMs() + offsetMs`, give or take
 * `errorMs`.
 */
export type StoreClock = { offsetMs: number; errorMs: number; roundTripMs: number };

const samples = 20;
/** The error that rounding adds: claim times are whole milliseconds, rounded down. */
const resolutionMs = 1;

/**
 * Reads the clock of the deciding store itself, because an API's estimate may be several milliseconds off on a busy
 * machine. Uses the sample with the shortest round trip.
 */
export async function readStoreClock(strategy: StrategyName, stores: { redis: Redis; db: Db }): Promise<StoreClock> {
  const engine = engineOf(strategy);
  let best: StoreClock | undefined;
  for (let i = 0; i < samples; i += 1) {
    const askedMs = monotonicMs();
    const storeMs = await engine.askTimeMs(stores);
    const answeredMs = monotonicMs();
    const roundTripMs = answeredMs - askedMs;
    if (best !== undefined && best.roundTripMs <= roundTripMs) continue;
    best = { offsetMs: storeMs - (askedMs + answeredMs) / 2, roundTripMs, errorMs: roundTripMs / 2 + resolutionMs };
  }
  if (best === undefined) throw new Error('no sample of the store clock was taken');
  return best;
}

/**
 * How far off `before` may have been, in ms, by the time `after` was read, because the clock may have drifted or
 * stepped in between.
 */
export const errorBetween = (before: StoreClock, after: StoreClock): number =>
  Math.max(before.errorMs, after.errorMs + Math.abs(after.offsetMs - before.offsetMs));
