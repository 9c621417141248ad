/**
 * Parses digits. Returns null if the text has anything else, or if a JavaScript number can't represent the value
 * exactly.
 */
export function wholeNumber(text: string): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
