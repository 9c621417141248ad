import { z } from 'zod';
import { strategyNames, type StrategyName } from '../events/event.ts';
import { isoTime, timeOutput } from '../runtime/iso-time.ts';
import { tallyOutcomes, type TallyOutcome } from '../tally/claim-tally.ts';
import type { RoundFigures } from './round-figures.ts';

const count = z.int().min(0);

/** A round's figures. Durations are in seconds, as in Prometheus. */
export const roundFiguresOutput = z.object({
  eventId: z.string(),
  name: z.string(),
  strategy: z.enum(strategyNames),
  round: count,
  stock: count,
  opensAt: timeOutput,
  issued: count,
  persisted: count,
  /** `outbox` and `outboxAge` are null if Redis does not answer. */
  outbox: count.nullable(),
  outboxAge: z.number().nullable(),
  setAside: count.nullable(),
  /** The time from the opening to the first claim. */
  openingError: z.number().nullable(),
  /** The time from the opening to the last claim; null until the round is sold out. */
  sellout: z.number().nullable(),
  /** The time from a claim's decision until it was in MySQL. */
  persistence: z.object({ p50: z.number(), p99: z.number(), max: z.number() }).nullable(),
  /**
   * How calls ended, and how long their decisions took. `buckets` has a count for each bound of `durationBounds`, and
   * one for longer durations.
   */
  answers: z.array(
    z.object({
      outcome: z.enum(tallyOutcomes),
      count,
      ...{ sum: z.number(), max: z.number(), p50: z.number(), p90: z.number(), p99: z.number() },
      buckets: z.array(count),
    }),
  ),
  /** How many claims were decided in each interval of `width`, starting at `from`. */
  claimsOverTime: z.object({ from: timeOutput, width: z.number(), counts: z.array(count) }),
});

export type RoundFiguresWire = z.output<typeof roundFiguresOutput>;

export const figuresPageOutput = z.object({ rounds: z.array(roundFiguresOutput), nextCursor: z.string().nullable() });

/** Seconds, rounded to microseconds to hide floating-point noise. */
const seconds = (ms: number): number => Math.round(ms * 1_000) / 1e6;
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms));
const msOf = (value: number): number => value * 1_000;
const msOrNull = (value: number | null): number | null => (value === null ? null : msOf(value));

export function showRoundFigures(figures: RoundFigures): RoundFiguresWire {
  const { eventId, name, strategy, round, stock, issued, persisted, outbox, setAside, persistenceMs } = figures;
  const { fromMs, widthMs, counts } = figures.claimsOverTime;
  return {
    ...{ eventId, name, strategy, round, stock, opensAt: isoTime(figures.opensAtMs), issued, persisted },
    ...{ outbox, outboxAge: secondsOrNull(figures.outboxAgeMs), setAside },
    openingError: secondsOrNull(figures.openingErrorMs),
    sellout: secondsOrNull(figures.selloutMs),
    persistence: persistenceMs && {
      ...{ p50: seconds(persistenceMs.p50), p99: seconds(persistenceMs.p99), max: seconds(persistenceMs.max) },
    },
    answers: figures.answers.map(({ outcome, count: answers, sumMs, maxMs, p50Ms, p90Ms, p99Ms, buckets }) => ({
      ...{ outcome, count: answers, sum: seconds(sumMs), max: seconds(maxMs) },
      ...{ p50: seconds(p50Ms), p90: seconds(p90Ms), p99: seconds(p99Ms), buckets },
    })),
    claimsOverTime: { from: isoTime(fromMs), width: seconds(widthMs), counts },
  };
}

/**
 * A page of figures as a client reads it. A newer API may send an outcome or a strategy that the client does not know.
 */
export const figuresPageInput = figuresPageOutput.extend({
  rounds: z.array(
    roundFiguresOutput
      .extend({
        strategy: z.string().transform((name) => name as StrategyName),
        answers: z.array(
          roundFiguresOutput.shape.answers.element.extend({
            outcome: z.string().transform((name) => name as TallyOutcome),
          }),
        ),
      })
      .transform(readRoundFigures),
  ),
});

function readRoundFigures(wire: RoundFiguresWire): RoundFigures {
  const { opensAt, outboxAge, openingError, sellout, persistence, answers, claimsOverTime, ...same } = wire;
  return {
    ...same,
    opensAtMs: Date.parse(opensAt),
    outboxAgeMs: msOrNull(outboxAge),
    openingErrorMs: msOrNull(openingError),
    selloutMs: msOrNull(sellout),
    persistenceMs: persistence && {
      ...{ p50: msOf(persistence.p50), p99: msOf(persistence.p99), max: msOf(persistence.max) },
    },
    answers: answers.map(({ sum, max, p50, p90, p99, ...answer }) => ({
      ...answer,
      ...{ sumMs: msOf(sum), maxMs: msOf(max), p50Ms: msOf(p50), p90Ms: msOf(p90), p99Ms: msOf(p99) },
    })),
    claimsOverTime: {
      ...{ fromMs: Date.parse(claimsOverTime.from), widthMs: msOf(claimsOverTime.width) },
      counts: claimsOverTime.counts,
    },
  };
}
