/** One answer about the server's clock: how far it is ahead of ours, and how wrong that may be. */
export type ClockSample = {
  offsetMs: number;
  /** Half the round trip, for the answer may have been made at either end of it, and the server's own rounding. */
  errorMs: number;
  /** On our clock. */
  takenAtMs: number;
};

/** A sample of the last few minutes is from a calm moment. */
const samplesMax = 12;
/** How fast two clocks may drift apart: 100 ppm are 6 ms a minute. Good ones have a tenth of it. */
const driftPerMs = 100e-6;

/** `serverMs` is what the server said, cut to whole ms, between two moments of our clock. */
export function sampleOf(sentMs: number, serverMs: number, receivedMs: number): ClockSample {
  return {
    offsetMs: serverMs + 0.5 - (sentMs + receivedMs) / 2,
    errorMs: (receivedMs - sentMs) / 2 + 0.5,
    takenAtMs: receivedMs,
  };
}

/** How wrong a sample may be by now. */
export const errorAt = (sample: ClockSample, nowMs: number): number =>
  sample.errorMs + Math.max(0, nowMs - sample.takenAtMs) * driftPerMs;

/** Puts a sample before the last few. Those that contradict it are from before a step of a clock, and are dropped. */
export function addSample(samples: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  const agrees = (other: ClockSample): boolean =>
    Math.abs(other.offsetMs - sample.offsetMs) <= errorAt(other, sample.takenAtMs) + sample.errorMs;
  return [sample, ...samples.filter(agrees)].slice(0, samplesMax);
}

/** The sample that is known best now: the quickest one, unless it has become old. */
export const bestSample = (samples: readonly ClockSample[], nowMs: number): ClockSample | undefined =>
  samples.toSorted((a, b) => errorAt(a, nowMs) - errorAt(b, nowMs))[0];
