import type { Story } from '../strategies/hold-story.ts';

/** What a sale did not hold, in words. The figures of such a sale are worth nothing. Empty: all promises held. */
export const brokenPromises = (name: string, { promises }: Pick<Story, 'promises'>): string[] =>
  promises
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ promise, verdict, reasons, findings }) =>
      [`${name}: ${promise} ${verdict}`, ...reasons, ...findings.map(({ kind, count }) => `${kind} (${count})`)].join(
        ', ',
      ),
    );
