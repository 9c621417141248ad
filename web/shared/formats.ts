import { minorUnitDigits } from '../../core/money/minor-units.ts';
import { grouped, twoDigits } from './figures.ts';
import type { Language } from './language.ts';
import type { Messages } from './messages/en.ts';

/** The locale in which each language writes dates and numbers. */
export const locales = { en: 'en-GB', ko: 'ko-KR' } as const satisfies Record<Language, string>;

/**
 * Formats an amount that is given in the currency's minor unit. If the currency is unknown, so is its minor unit, and
 * the number is shown as stored.
 */
export function formatMoney(language: Language, amount: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  if (digits === null) return `${grouped(amount)} ${currency}`;
  if (currency === 'KRW') return `₩${grouped(amount)}`;
  // Show 10 dollars as "$10", not "$10.00".
  const minimumFractionDigits = amount % 10 ** digits === 0 ? 0 : digits;
  const options = { style: 'currency', currency, minimumFractionDigits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locales[language], options).format(amount / 10 ** digits);
}

/** Formats a day and time in the reader's time zone, and names the zone. */
export const formatTime = (language: Language, ms: number): string =>
  new Intl.DateTimeFormat(locales[language], {
    year: isThisYear(ms) ? undefined : 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: new Date(ms).getSeconds() === 0 ? undefined : '2-digit',
    hour12: false,
    timeZoneName: 'short',
  }).format(ms);

/** Formats a day and time in the reader's time zone, to the minute. Does not name the zone. */
export function formatMoment({ moment }: Messages, ms: number): string {
  const at = new Date(ms);
  return moment({
    year: isThisYear(ms) ? null : at.getFullYear(),
    month: at.getMonth(),
    day: at.getDate(),
    weekday: at.getDay(),
    hour: at.getHours(),
    minute: at.getMinutes(),
  });
}

const isThisYear = (ms: number): boolean => new Date(ms).getFullYear() === new Date().getFullYear();

/** Formats a coupon's amount: Korean won in the Korean style, other currencies like `formatMoney`. */
export function formatFigure(language: Language, amount: number, currency: string): string {
  if (language !== 'ko' || currency !== 'KRW') return formatMoney(language, amount, currency);
  return `${grouped(amount)}원`;
}

/** Estimates a text's width in large bold type, in em. */
export function emsOf(text: string): number {
  const widths = [...text].map((char) => {
    if (/[,.\s]/.test(char)) return 0.28;
    return /[₩\u1100-\u11ff\u3000-\uffff]/.test(char) ? 0.96 : 0.58;
  });
  return widths.reduce((sum, width) => sum + width, 0);
}

/** Formats a duration: "1.84 s", "12 min 5 s" or "3 h 20 min". */
export function formatDuration({ duration }: Messages, ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 60) return duration.seconds(seconds.toFixed(seconds < 10 ? 2 : 1));
  if (seconds < 3_600) return duration.minutes(Math.floor(seconds / 60), Math.floor(seconds % 60));
  return duration.hours(Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60));
}

/** Says that the coupons are gone and, if known, how fast they went. */
export function soldOutText(
  messages: Messages,
  event: { stock: number; opensAt: string; soldOutAt: string | null },
): string {
  const { soldOutPlain, soldOutMore } = messages.claim;
  if (event.soldOutAt === null) return soldOutPlain;
  return soldOutMore(event.stock, formatDuration(messages, Date.parse(event.soldOutAt) - Date.parse(event.opensAt)));
}

/** Formats the time left, in whole seconds. Rounds up, so that 0 does not appear before the instant. */
export function formatLeft({ event }: Messages, leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor((seconds % 86_400) / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60]
    .map(twoDigits)
    .join(':');
  return days > 0 ? `${event.days(days)} ${clock}` : clock;
}
