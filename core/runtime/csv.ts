/**
 * Where a spreadsheet may take what follows for a formula: before `=`, `+`, `-` or `@`, also in their wide forms, which
 * Asian input methods make; at the beginning of a text, whatever space and invisible characters come first, and behind
 * what some take for the end of a cell (a semicolon where the comma is a decimal one). Also before a leading tab or line end.
 */
const formulaBegins = /(?:^|[;\t\r\n])(?=[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/gu;

/**
 * One line of CSV as RFC 4180 has it, with its line end. A text that a spreadsheet would take for a formula gets an
 * apostrophe in front, which spreadsheets take for "this is text": OWASP's advice against CSV injection.
 */
export const csvRow = (cells: readonly (string | number | null)[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = cell.replace(formulaBegins, `$&'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
