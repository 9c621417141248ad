import { oneLine } from './plain-text.ts';
import { UsageError } from './usage-error.ts';

/** Parses the value of `flag` (`90s`, `30m`, `1h`, `7d`) into ms. Throws `UsageError`. */
export function parseDuration(text: string, flag: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * unitMs[(unit ?? 's') as keyof typeof unitMs];
  if (ms > 0) return ms;
  throw new UsageError(`${flag} '${oneLine(text)}' is not a duration; give one such as 90s, 30m, 1h or 7d.`);
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
