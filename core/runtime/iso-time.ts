import { z } from 'zod';

/** ISO 8601, UTC, with milliseconds. */
export const timeOutput = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);

let lastMs = Number.NaN;
let lastText = '';

/** `ms` since 1970 as ISO 8601. Keeps the last result, because claims decided together have the same time. */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

export const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

export const readTimeOrNull = (text: string | null): number | null => (text === null ? null : Date.parse(text));
