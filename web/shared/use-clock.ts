import { useEffect, useState } from 'react';
import { atInstant } from './at-instant.ts';
import type { ServerClock } from './clock.ts';

/** A reached instant stays reached if a correction sets the clock back to less than this before the instant. */
const correctionMs = 250;

const isReached = (clock: ServerClock, instantMs: number | null): boolean =>
  instantMs !== null && clock.errorMs() < Infinity && clock.nowMs() >= instantMs;

/** Whether the server's clock has reached an instant. Becomes true by itself. */
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

/** Whole seconds until an instant, rounded up. Changes with each second of the server's clock. */
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
