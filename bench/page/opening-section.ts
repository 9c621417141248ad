import { medianOpeningMs, type OpeningResult } from '../opening/opening-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

export function openingSection({ openings, targets, stock, crowdSeconds }: OpeningResult): string {
  return blocks(
    '## Opening',
    `A crowd on 64 connections keeps asking for ${crowdSeconds} s around the opening of an event with ${stock} coupons. ` +
      `Times are by Redis's clock, in whole ms. With the worker running, the median time until the first claim was ` +
      `${figure(medianOpeningMs(openings))} ms.`,
    targetTable(targets),
    table(
      ['worker', 'first claim after ms', 'claims before the opening', 'issued', 'calls'],
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
