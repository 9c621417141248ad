import { reachedWords, roundTo, targetWords, type Target } from '../results/target.ts';

/** A table in Markdown; numbers stand in all columns but the first `textColumns`. */
export function table(head: string[], rows: string[][], textColumns = 1): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < textColumns ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export const targetTable = (targets: Target[]): string =>
  table(
    ['', 'reached', 'target'],
    targets.map((target) => [target.name, reachedWords(target), targetWords(target)]),
  );

/** `roundTo`, all digits of a whole number, or a dash for what was not measured. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  return Number.isInteger(value) ? value.toLocaleString('en') : roundTo(value);
}

/** Such as `4.2%`. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '-' : `${roundTo(100 * share)}%`;

export const code = (text: string): string => `\`${text}\``;

/** Paragraphs, tables and headings, one below the other. */
export const blocks = (...parts: string[]): string => parts.join('\n\n');
