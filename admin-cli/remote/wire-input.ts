import { parseTheme } from '../../core/events/theme.ts';

/**
 * Converts core's input to the API's: `opensAtMs: 0` becomes `opensAt: '1970-01-01T00:00:00.000Z'`. Undefined fields
 * are omitted.
 */
export function wireInput(input: object): Record<string, unknown> {
  const entries = Object.entries(input as Record<string, unknown>).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (isTime(name)) return [name.slice(0, -2), iso(value)];
      return name === 'theme' && typeof value === 'string' ? [name, parseTheme(value)] : [name, value];
    }),
  );
}

const isTime = (name: string): boolean => name.endsWith('Ms');

const iso = (value: unknown): unknown => (typeof value === 'number' ? new Date(value).toISOString() : value);
