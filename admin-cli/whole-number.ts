/** Parses digits. Returns null for anything else, and for a number too large to be exact. */
export function wholeNumber(text: string): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
