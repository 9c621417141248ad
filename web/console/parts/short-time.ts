import { locales } from '../../shared/formats.ts';
import type { Language } from '../../shared/language.ts';

/** Formats the day and time in the reader's time zone, to the minute and without naming the zone. */
export const formatShortTime = (language: Language, ms: number): string =>
  new Intl.DateTimeFormat(locales[language], {
    year: new Date(ms).getFullYear() === new Date().getFullYear() ? undefined : 'numeric',
    month: language === 'ko' ? 'long' : 'short',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: '2-digit',
  }).format(ms);
