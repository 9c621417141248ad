import { Text } from '@mantine/core';
import { formatTime } from '../../shared/formats.ts';
import { useConsole } from '../shell/console-context.ts';

/** A time in the reader's zone, with how far from now it is. */
export function When({ at }: { at: string }) {
  const { language } = useConsole();
  const ms = Date.parse(at);
  return (
    <time dateTime={at}>
      {formatTime(language, ms)}{' '}
      <Text span size="sm" c="dimmed">
        ({relative(language, ms - Date.now())})
      </Text>
    </time>
  );
}

/** Formats how far away a time is, such as "in 3 hours"; with the style `short`, "in 3 hr". */
export function relative(language: string, ms: number, style: 'long' | 'short' = 'long'): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style });
  const size = Math.abs(ms);
  if (size < 60_000) return format.format(Math.round(ms / 1_000), 'second');
  if (size < 3_600_000) return format.format(Math.round(ms / 60_000), 'minute');
  if (size < 86_400_000) return format.format(Math.round(ms / 3_600_000), 'hour');
  return format.format(Math.round(ms / 86_400_000), 'day');
}
