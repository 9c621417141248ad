/**
 * Reads numbers and times as people type them. Each function returns the form that the draft stores, or null if it
 * can't read the text. The draft then stores the text as it was typed.
 */

const units: Record<string, number> = { 천: 1_000, 만: 10_000, 억: 100_000_000 };

/** Reads `10,000`, `10000`, `1만`, `1만 5천` or `10,000원`. Groups of digits must be complete: `10,00` is a mistake. */
export function readWhole(text: string): number | null {
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/\s*(원|won|장|개|명|₩)$/i, '')
    .replace(/^₩\s*/, '');
  const plain = plainWhole(typed);
  if (plain !== null) return plain;
  const parts = [...typed.matchAll(/([\d,.]+)\s*([천만억])\s*/g)];
  const rest = typed.replace(/([\d,.]+)\s*([천만억])\s*/g, '');
  if (parts.length === 0 || (rest !== '' && plainWhole(rest) === null)) return null;
  let total = plainWhole(rest) ?? 0;
  let above = Infinity;
  for (const [, digits = '', unit = ''] of parts) {
    const size = units[unit] ?? 0;
    const count = /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : plainWhole(digits);
    if (count === null || size >= above) return null;
    above = size;
    total += count * size;
  }
  return Number.isSafeInteger(total) ? total : null;
}

function plainWhole(text: string): number | null {
  if (!/^(\d+|\d{1,3}([,\s_]\d{3})+)$/.test(text)) return null;
  const value = Number(text.replace(/[,\s_]/g, ''));
  return Number.isSafeInteger(value) ? value : null;
}

/** Formats a number with separators: `10,000`. Returns text that is not a number unchanged. */
export function showWhole(text: string): string {
  const value = readWhole(text);
  return value === null ? text : new Intl.NumberFormat('en-US').format(value);
}

const dateThenTime =
  /^(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[.일]?[\sT,]+(오전|오후|am|pm)?\s*(\d{1,2})[:시]\s*(\d{2})?분?(?::(\d{2}))?\s*(am|pm)?$/i;

/** Reads `2026-12-01 10:00`, `2026. 12. 1. 오전 10:00` or `2026-12-01T10:00:00`, as `2026-12-01T10:00:00`. */
export function readLocalTime(text: string): string | null {
  const [, year, month, day, before, hour, minute = '0', second = '0', after] = dateThenTime.exec(text.trim()) ?? [];
  if (year === undefined) return null;
  const half = (before ?? after)?.toLowerCase();
  const isLate = half === '오후' || half === 'pm';
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (isLate ? 12 : 0);
  const local = `${year}-${two(month)}-${two(day)}T${two(hours)}:${two(minute)}:${two(second)}`;
  return Number.isNaN(Date.parse(`${local}Z`)) || !isRealDay(local) ? null : local;
}

/** `Date.parse` accepts 31 April as 1 May. */
const isRealDay = (local: string): boolean => new Date(`${local}Z`).toISOString().startsWith(local);

const two = (value: number | string | undefined): string => String(value).padStart(2, '0');

/** Formats `2026-12-01T10:00:00` as `2026-12-01 10:00`. Returns text that is not a local time unchanged. */
export function showLocalTime(text: string): string {
  const local = readLocalTime(text);
  return local === null ? text : local.replace('T', ' ').replace(/:00$/, '');
}
