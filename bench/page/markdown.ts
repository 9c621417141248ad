import { reachedWords, roundTo, targetWords, type Target } from '../results/target.ts';

/** All columns but the first `textColumns` hold numbers. */
export function table(head: string[], rows: string[][], textColumns = 1): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < textColumns ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export const targetTable = (targets: Target[]): string =>
  table(
    ['', 'reached', 'target'],
    targets.map((target) => [target.name, reachedWords(target), targetWords(target)]),
  );

/** All digits of a whole number, otherwise as `roundTo`. A dash if there is no value. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  return Number.isInteger(value) ? value.toLocaleString('en') : roundTo(value);
}

/** `4.2%` */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '-' : `${roundTo(100 * share)}%`;

export const code = (text: string): string => `\`${text}\``;

/** Joins paragraphs, tables and headings. */
export const blocks = (...parts: string[]): string => parts.join('\n\n');
