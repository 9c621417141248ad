import { useEffect, useState } from 'react';
import { atInstant } from './at-instant.ts';
import type { ServerClock } from './clock.ts';

/** If a correction sets the clock back to less than this before an instant, the instant still counts as reached. */
const correctionMs = 250;

const isReached = (clock: ServerClock, instantMs: number | null): boolean =>
  instantMs !== null && clock.errorMs() < Infinity && clock.nowMs() >= instantMs;

/** Whether the server's clock has reached an instant. The component renders again when that changes. */
export function useReached(clock: ServerClock, instantMs: number | null): boolean {
  const [reached, setReached] = useState(() => isReached(clock, instantMs));
  useEffect(() => {
    setReached(isReached(clock, instantMs));
    if (instantMs === null) return;
    let cancel = atInstant(clock, instantMs, () => setReached(true));
    const unsubscribe = clock.subscribe(() => {
      if (clock.nowMs() > instantMs - correctionMs) return;
      cancel();
      setReached(false);
      cancel = atInstant(clock, instantMs, () => setReached(true));
    });
    return () => {
      unsubscribe();
      cancel();
    };
  }, [clock, instantMs]);
  return reached;
}

/**
 * Returns the whole seconds until an instant, rounded up. The component renders again at each second of the server's
 * clock.
 */
export function useSecondsLeft(clock: ServerClock, instantMs: number): number {
  const secondsLeft = (): number => Math.max(0, Math.ceil((instantMs - clock.nowMs()) / 1_000));
  const [seconds, setSeconds] = useState(secondsLeft);
  useEffect(() => {
    setSeconds(secondsLeft());
    if (seconds === 0) return clock.subscribe(() => setSeconds(secondsLeft()));
    const cancel = atInstant(clock, instantMs - (seconds - 1) * 1_000, () => setSeconds(secondsLeft()));
    const unsubscribe = clock.subscribe(() => setSeconds(secondsLeft()));
    return () => {
      unsubscribe();
      cancel();
    };
  }, [clock, instantMs, seconds]);
  return seconds;
}
