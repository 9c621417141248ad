import type { Story } from '../strategies/hold-story.ts';

/**
 * Lists the promises that a sale broke or that could not be judged. If the list is not empty, the sale's figures are
 * worthless.
 */
export const brokenPromises = (name: string, { promises }: Pick<Story, 'promises'>): string[] =>
  promises
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ promise, verdict, reasons, findings }) =>
      [`${name}: ${promise} ${verdict}`, ...reasons, ...findings.map(({ kind, count }) => `${kind} (${count})`)].join(
        ', ',
      ),
    );
