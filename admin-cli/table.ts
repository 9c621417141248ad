import stringWidth from 'string-width';
import { cutText } from './cut-text.ts';
import { oneLine } from './plain-text.ts';

export type Cell = string | number | boolean | null;
export type Column<Row> = {
  title: string;
  cell: (row: Row) => string;
  align?: 'right';
  paint?: (row: Row, text: string) => string;
};

/** `elastic` is the index of the column that is cut if the columns are wider than the terminal. */
export type Layout<Row> = { columns: readonly Column<Row>[]; elastic: number };

/**
 * Formats a table whose columns are as wide as their content. Each of `layouts` is narrower than the one before; the
 * first that fits into `columnsMax` is used. The first layout must fit without cutting; the others may cut their
 * elastic column.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  layouts: readonly [Layout<Row>, ...Layout<Row>[]],
  { columnsMax, title }: { columnsMax: number; title: (text: string) => string },
): string {
  const fitting = layouts.map((layout, at) => fit(rows, layout, columnsMax, at > 0));
  const { columns, texts, widths } =
    fitting.find(({ fits }) => fits) ?? fit(rows, layouts.at(-1) ?? layouts[0], columnsMax, true);
  const line = (cells: readonly string[], painted: (text: string, at: number) => string) =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const cut = cutText(text, width);
        const space = ' '.repeat(width - stringWidth(cut));
        return columns[at]?.align === 'right' ? space + painted(cut, at) : painted(cut, at) + space;
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map((column) => column.title);
  const body = rows.map((row, rowAt) =>
    line(texts[rowAt] ?? [], (text, at) => columns[at]?.paint?.(row, text) ?? text),
  );
  return [line(titles, title), ...body].join('\n');
}

function fit<Row>(rows: readonly Row[], { columns, elastic }: Layout<Row>, columnsMax: number, mayCut: boolean) {
  const texts = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, at) =>
    // With 200,000 rows, `Math.max(...all)` fails, because a function can't take so many arguments.
    texts.reduce((width, cells) => Math.max(width, stringWidth(cells[at] ?? '')), stringWidth(column.title)),
  );
  const overflow = Math.max(0, widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - columnsMax);
  const elasticWidth = widths[elastic] ?? 0;
  // The least width of the elastic column; a narrower column would be unreadable.
  const slack = mayCut ? Math.max(0, elasticWidth - elasticMin) : 0;
  widths[elastic] = elasticWidth - Math.min(overflow, slack);
  return { columns, texts, widths, fits: overflow <= slack };
}

const gap = '  ';
const elasticMin = 12;

/**
 * Formats tab-separated lines; the first line has the names of the columns. In a cell, a tab becomes `\t` and a line
 * break becomes ` `.
 */
export function formatTsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((cells) => cells.map(formatCell).join('\t')).join('\n');
}

/** Formats `name<tab>value` lines. */
export function formatFields(fields: Record<string, Cell>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}\t${formatCell(value)}`)
    .join('\n');
}

function formatCell(cell: Cell): string {
  return cell === null ? '' : oneLine(String(cell));
}
