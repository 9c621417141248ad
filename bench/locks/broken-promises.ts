import type { Story } from '../strategies/hold-story.ts';

/**
 * The promises that a sale broke, or that could not be judged. If there are any, the page must not show the sale's
 * figures.
 */
export const brokenPromises = (name: string, { promises }: Pick<Story, 'promises'>): string[] =>
  promises
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ promise, verdict, reasons, findings }) =>
      [`${name}: ${promise} ${verdict}`, ...reasons, ...findings.map(({ kind, count }) => `${kind} (${count})`)].join(
        ', ',
      ),
    );
