import { z } from 'zod';
import type { SaleTimeline } from '../metrics/sale-timeline.ts';
import type { TimeBuckets } from '../metrics/time-buckets.ts';
import { isoTime, isoTimeOrNull, timeOutput } from '../runtime/iso-time.ts';
import { tallyOutcomes } from '../tally/claim-tally.ts';

const count = z.int().min(0);

/** How many claims were decided in each interval of `width` seconds, starting at `from`. */
const bucketsOutput = z.object({ from: timeOutput, width: z.number(), counts: z.array(count) });

/** The course of a round's sale. Durations are in seconds. */
export const saleOutput = z.object({
  eventId: z.string(),
  round: count,
  serverTime: timeOutput,
  opensAt: timeOutput,
  closesAt: timeOutput.nullable(),
  stock: count,
  issued: count,
  persisted: count,
  firstClaimedAt: timeOutput.nullable(),
  lastClaimedAt: timeOutput.nullable(),
  soldOutAt: timeOutput.nullable(),
  closedAt: timeOutput.nullable(),
  /** When the last claim was stored. Null until the sale is over and MySQL has all of its claims. */
  storedAt: timeOutput.nullable(),
  /** The time from the opening to the first claim; null if nobody was waiting for the opening. */
  openingError: z.number().nullable(),
  /** The most claims in any interval of `width`, and the interval's beginning, `at`. Null without claims. */
  peak: z.object({ at: timeOutput, width: z.number(), claims: count }).nullable(),
  /** The first seconds of the sale, and all of it. Null without claims. */
  start: bucketsOutput.nullable(),
  whole: bucketsOutput.nullable(),
  /** `to` is null while the pause lasts. */
  pauses: z.array(z.object({ from: timeOutput, to: timeOutput.nullable() })),
  /** How calls for claims were answered. */
  answers: z.array(z.object({ outcome: z.enum(tallyOutcomes), count })),
});

export function showSale(sale: SaleTimeline, nowMs: number): z.output<typeof saleOutput> {
  const { eventId, round, stock, issued, persisted, peak, openingErrorMs } = sale;
  return {
    ...{ eventId, round, serverTime: isoTime(nowMs) },
    ...{ opensAt: isoTime(sale.opensAtMs), closesAt: isoTimeOrNull(sale.closesAtMs) },
    ...{ stock, issued, persisted },
    firstClaimedAt: isoTimeOrNull(sale.firstClaimedAtMs),
    lastClaimedAt: isoTimeOrNull(sale.lastClaimedAtMs),
    soldOutAt: isoTimeOrNull(sale.soldOutAtMs),
    closedAt: isoTimeOrNull(sale.closedAtMs),
    storedAt: isoTimeOrNull(sale.storedAtMs),
    openingError: openingErrorMs === null ? null : seconds(openingErrorMs),
    peak: peak && { at: isoTime(peak.atMs), width: seconds(peak.widthMs), claims: peak.claims },
    start: sale.start && showBuckets(sale.start),
    whole: sale.whole && showBuckets(sale.whole),
    pauses: sale.pauses.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTimeOrNull(toMs) })),
    answers: sale.answers,
  };
}

const showBuckets = ({ fromMs, widthMs, counts }: TimeBuckets): z.output<typeof bucketsOutput> => ({
  ...{ from: isoTime(fromMs), width: seconds(widthMs), counts },
});

const seconds = (ms: number): number => Math.round(ms) / 1_000;
