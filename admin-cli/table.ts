import stringWidth from 'string-width';
import { oneLine } from './plain-text.ts';

export type Cell = string | number | boolean | null;
export type Column<Row> = {
  title: string;
  cell: (row: Row) => string;
  align?: 'right';
  paint?: (row: Row, text: string) => string;
};

/**
 * Columns under their titles, as wide as what they hold; Hangul takes two places. When all is wider than `columnsMax`,
 * the column at `elastic` is cut with an ellipsis.
 */
export function tellTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { columnsMax: number; elastic: number; title: (text: string) => string },
): string {
  const texts = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, at) =>
    Math.max(stringWidth(column.title), ...texts.map((cells) => stringWidth(cells[at] ?? ''))),
  );
  const overflow = widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - options.columnsMax;
  const elasticWidth = widths[options.elastic];
  if (overflow > 0 && elasticWidth !== undefined)
    widths[options.elastic] = Math.max(elasticMin, elasticWidth - overflow);
  const line = (cells: readonly string[], painted: (text: string, at: number) => string) =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const cut = cutTo(text, width);
        const space = ' '.repeat(width - stringWidth(cut));
        return columns[at]?.align === 'right' ? space + painted(cut, at) : painted(cut, at) + space;
      })
      .join(gap)
      .trimEnd();
  const body = rows.map((row, rowAt) =>
    line(texts[rowAt] ?? [], (text, at) => columns[at]?.paint?.(row, text) ?? text),
  );
  return [
    line(
      columns.map((column) => column.title),
      options.title,
    ),
    ...body,
  ].join('\n');
}

const gap = '  ';
/** A narrower name tells nothing. */
const elasticMin = 12;

/** Tab-separated lines; the first names the columns. Tabs and line ends within a cell become `\t` and `\n`. */
export function tellTsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((cells) => cells.map(tellCell).join('\t')).join('\n');
}

/** `name<tab>value` lines. */
export function tellFields(fields: Record<string, Cell>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}\t${tellCell(value)}`)
    .join('\n');
}

function tellCell(cell: Cell): string {
  return cell === null ? '' : oneLine(String(cell));
}

function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(cut + segment) > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

const graphemes = new Intl.Segmenter();
