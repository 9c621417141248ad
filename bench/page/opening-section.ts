import { medianOpeningMs, type OpeningResult } from '../opening/opening-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** How soon after the opening the first claim is accepted. */
export function openingSection({ openings, targets, stock, crowdSeconds }: OpeningResult): string {
  return blocks(
    '## Opening',
    `A crowd of 64 connections keeps asking for ${crowdSeconds} s around the opening of an event of ${stock} coupons; ` +
      `times are Redis's, in whole ms. Median with the worker running: ${figure(medianOpeningMs(openings))} ms.`,
    targetTable(targets),
    table(
      ['worker', 'first claim after ms', 'claims before', 'issued', 'calls'],
      openings.map((opening) => [
        opening.worker,
        String(opening.firstAcceptedAfterMs),
        String(opening.acceptedBefore),
        String(opening.issued),
        String(opening.calls),
      ]),
    ),
  );
}
