import { Temporal } from '@js-temporal/polyfill';
import { say, type Message } from '../messages/message.ts';

/** A moment in ms since 1970, or why the string is not a moment. */
export type ReadTime = { ok: true; ms: number } | { ok: false; problem: Message };

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:[0-5]\d(\.\d{1,9})?)?$/;
const offset = /([Zz]|[+-]\d{2}:?\d{2})$/;
const relative = /^\+(\d{1,6})(s|m|h|d)$/;
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The latest moment that both MySQL's DATETIME and an ISO 8601 year of four digits can hold. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads an ISO 8601 date and time, with an offset (`Z`, `+09:00`) or as local time in `timeZone`. Refuses a local time
 * that does not exist or occurs twice in the zone, because only the person who wrote it knows which moment was meant.
 * Cuts off fractions of a millisecond.
 */
export function readTime(text: string, timeZone?: string | null): ReadTime {
  const given = offset.exec(text);
  const local = given === null ? text : text.slice(0, given.index);
  if (!dateTime.test(local)) return refuse(say('time'));
  if (given !== null) return readInstant(local, given[0]);
  if (timeZone === undefined || timeZone === null) {
    return refuse(say('time_offset'));
  }
  const zone = readTimeZone(timeZone);
  return zone === null ? refuse(say('time_zone_unread', { timeZone })) : readLocal(local, zone);
}

/** Reads `now` and times ahead such as `+90s`, `+10m`, `+2h`, `+1d`; null if the string is neither. */
export function readRelativeTime(text: string, nowMs: number): number | null {
  if (text === 'now') return nowMs;
  const match = relative.exec(text);
  return match === null ? null : nowMs + Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** Returns the usual spelling of an IANA zone name (`asia/seoul` -> `Asia/Seoul`), or null if there is no such zone. */
export function readTimeZone(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

function readInstant(local: string, givenOffset: string): ReadTime {
  try {
    return withinYears(Temporal.Instant.from(local + givenOffset).epochMilliseconds);
  } catch {
    return refuse(say('time_not_real'));
  }
}

function readLocal(local: string, zone: string): ReadTime {
  let plain: Temporal.PlainDateTime;
  try {
    plain = Temporal.PlainDateTime.from(local);
  } catch {
    return refuse(say('time_not_real'));
  }
  const earlier = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = plain.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return withinYears(earlier.epochMilliseconds);
  const twice = earlier.toPlainDateTime().equals(plain);
  return refuse(
    twice
      ? say('time_twice', { timeZone: zone, offsets: [earlier.offset, later.offset] })
      : say('time_skipped', { timeZone: zone }),
  );
}

const withinYears = (ms: number): ReadTime => (ms <= latestMs ? { ok: true, ms } : refuse(say('time_too_late')));

const refuse = (problem: Message): ReadTime => ({ ok: false, problem });
