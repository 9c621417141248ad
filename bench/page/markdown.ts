import { reachedWords, roundTo, targetWords, type Target } from '../results/target.ts';

/** Makes a table. All columns but the first `textColumns` contain numbers. */
export function table(head: string[], rows: string[][], textColumns = 1): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < textColumns ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export const targetTable = (targets: Target[]): string =>
  table(
    ['', 'reached', 'target'],
    targets.map((target) => [target.name, reachedWords(target), targetWords(target)]),
  );

/**
 * Formats a whole number with all its digits, and any other number as `roundTo` does. Returns a dash if there is no
 * value.
 */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  return Number.isInteger(value) ? value.toLocaleString('en') : roundTo(value);
}

/** Formats a share as `4.2%`. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '-' : `${roundTo(100 * share)}%`;

export const code = (text: string): string => `\`${text}\``;

/** Joins paragraphs, tables and headings. */
export const blocks = (...parts: string[]): string => parts.join('\n\n');
