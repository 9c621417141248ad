const hidden = '****-****-****';
const wholeCode = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;
/**
 * A code as people type it, in upper or lower case and with O for 0 and I or L for 1. Does not match a UUID, whose
 * first and last groups are longer.
 */
const codeInText = /(?<![0-9A-Za-z])([0-9A-TV-Za-tv-z]{4})(?:-[0-9A-TV-Za-tv-z]{4}){3}(?![0-9A-Za-z])/g;

/** Shows only the first group of a code. Shows nothing of a string that is not a code. */
export function maskCode(code: string): string {
  return wholeCode.test(code) ? `${code.slice(0, 4)}-${hidden}` : `****-${hidden}`;
}

/** Masks every code in a string, in any case. */
export function maskCodesIn(text: string): string {
  return text.replace(codeInText, `$1-${hidden}`);
}

/** Masks every code in every string of a plain JSON value. */
export function maskCodesInJson(value: unknown): unknown {
  if (typeof value === 'string') return maskCodesIn(value);
  if (Array.isArray(value)) return value.map(maskCodesInJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, maskCodesInJson(part)]));
}
