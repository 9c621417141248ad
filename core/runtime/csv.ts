/**
 * Where a spreadsheet may see the beginning of a formula: before `=`, `+`, `-` or `@`, or their full-width forms, which
 * Asian input methods produce. Such a character counts at the beginning of a string, even after whitespace and
 * invisible characters, and after characters that some spreadsheets take for the end of a cell, such as a semicolon. A
 * tab or line break at the beginning counts too.
 */
const formulaBegins = /(?:^|[;\t\r\n])(?=[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/gu;

/**
 * One line of CSV as in RFC 4180, with its line break. Puts an apostrophe wherever a spreadsheet could take a string
 * for a formula, which is OWASP's advice against CSV injection.
 */
export const csvRow = (cells: readonly (string | number | null)[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = cell.replace(formulaBegins, `$&'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
