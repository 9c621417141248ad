import { z } from 'zod';
import { isCurrencyCode } from '../money/minor-units.ts';
import { suggestCurrency } from '../money/suggest-currency.ts';
import { eachField, fieldOf, type FieldName, type KindOf, type ValueOfKind } from './event-fields.ts';
import { limits, neverMs, realStrategyNames, strategyNames } from './event.ts';
import { urlProblem } from './page-url.ts';
import { themeProblems } from './theme.ts';

/** The fields that inputs are made of, whichever door they come through. Each message reads on after the field's name. */

export const eventId = z
  .string(says('must be a text of 1 to 64 of A-Z, a-z, 0-9, _ and -'))
  .regex(limits.eventId, 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -');

export const userId = z
  .string(says('must be a text'))
  .regex(limits.userId, 'must be 1 to 128 printable ASCII characters without spaces');

/** The name of an event again, by whoever is to be sure which one it is. */
export const confirm = z.string(says('must be the name of the event'));

export const stock = whole('of coupons', limits.stockMax);
export const version = whole('of a version', 2 ** 32 - 1);
export const round = whole('of a round', 2 ** 32 - 1);

export const serial = whole('of a serial', limits.stockMax);

/** Of a claim that MySQL could not store, as their list shows it. */
export const faultId = whole('that is the id of a fault', Number.MAX_SAFE_INTEGER);

/** As people write it; what it must be is for core to say. */
export const code = z.string(says('must be the code of a coupon')).max(64, 'is too long for a code');

/** 0 begins at the first serial. */
export const afterSerial = z
  .int(says('must be a whole number, 0 or more'))
  .min(0, 'must be a whole number, 0 or more')
  .max(limits.stockMax, 'is beyond any serial');

const currencyReason = 'must be an ISO 4217 currency code, such as KRW';

/** Of a new event. */
const currency = z.string(says(currencyReason)).refine(isCurrencyCode, { error: asCurrency });

/** Of an event that may have one from before only codes of ISO 4217 were taken; what it may be changed to says `currency`. */
export const heldCurrency = z.string(says(currencyReason)).regex(/^[A-Z]{3}$/, { error: asCurrency });

/** Whether it is switched on is for core to say. */
export const strategy = z.enum(strategyNames, says(`must be one of ${realStrategyNames.join(', ')}`));

/** As people write it; `event-times.ts` reads it. */
export const time = z
  .string(says('must be a date and time such as 2026-09-01T10:00:00+09:00'))
  .max(64, 'must be a date and time such as 2026-09-01T10:00:00+09:00');

const timeZone = z.string(says('must be an IANA time zone such as Asia/Seoul')).max(64, 'is not a time zone');

/** In ms since 1970; MySQL's times end with the year 9999. */
export const timeMs = z.int('must be a time').max(neverMs, 'must be a time');

/** Why something is changed, for the audit trail. */
export const reason = text('a text', 1, limits.reasonCharsMax);

const trueOrFalse = z.boolean(says('must be true or false'));

export const repair = trueOrFalse;

export const requestId = z
  .string(says('must be a text'))
  .regex(limits.userId, 'must be 1 to 128 printable ASCII characters without spaces');

export const auditActor = text('a name', 1, 200);
export const auditAction = z
  .string(says('must be an action such as event.pause'))
  .regex(/^[a-z]+(\.[a-z-]+)*$/, 'must be an action such as event.pause')
  .max(64, 'is too long for an action');

export const cursor = z.string(says('must be the nextCursor of the page before')).max(200, 'is too long');

/** How many rows at most; from 1 to `max`. */
export const limit = (max: number, fallback: number) =>
  z
    .int(says(`must be a whole number from 1 to ${max}`))
    .min(1, `must be a whole number from 1 to ${max}`)
    .max(max, `must be a whole number from 1 to ${max}`)
    .default(fallback);

/** What each field of an event's list may hold. Whether it may be null or absent depends on what is asked. */
export const infoChecks = eachField<InfoChecks>(checkOf);

/** Without the alias of a field's value, which the declarations of the client would drag along with the whole list. */
export type InfoChecks = {
  [Name in FieldName]: z.ZodType<ValueOfKind[KindOf<Name>], ValueOfKind[KindOf<Name>]>;
};

function checkOf(name: FieldName): z.ZodType {
  const field = fieldOf(name);
  switch (field.kind) {
    case 'line':
      return text(field.what, field.charsMin, field.charsMax).refine((value) => !/\p{Cc}/u.test(value), {
        error: 'must not hold control characters',
      });
    case 'text':
      return text('a text', field.charsMin, field.charsMax).refine((value) => !value.includes('\0'), {
        error: 'must not hold NUL characters',
      });
    case 'whole':
      return whole(field.what, field.max);
    case 'currency':
      return currency;
    case 'time_zone':
      return timeZone;
    case 'url':
      return z.string(says('must be a URL')).superRefine((value, context) => {
        const problem = urlProblem(value);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      });
    case 'time':
      return timeMs;
    case 'theme':
      return z.string(says('must be a theme as JSON')).superRefine((json, context) => {
        for (const issue of themeProblems(json)) context.addIssue({ code: 'custom', ...issue });
      });
    case 'switch':
      return trueOrFalse;
  }
}

function whole(what: string, max: number) {
  const reason = `must be a whole number ${what} from 1 to ${max}`;
  return z.int(says(reason)).min(1, reason).max(max, reason);
}

/** Characters are code points: an emoji is one, whatever UTF-16 makes of it. */
function text(what: string, minChars: number, maxChars: number) {
  const reason = `must be ${what} of ${minChars === 0 ? 'at most' : `${minChars} to`} ${maxChars} characters`;
  return z
    .string(says(reason))
    .refine((value) => value.isWellFormed(), { error: 'must not hold half a character (an unpaired surrogate)' })
    .refine((value) => hasChars(value, minChars, maxChars), { error: reason })
    .refine((value) => minChars === 0 || value.trim() !== '', { error: 'must not be blank' });
}

/** Says what a currency must be, and what was probably meant. */
function asCurrency({ input }: { input?: unknown }): string {
  const suggestion = typeof input === 'string' ? suggestCurrency(input) : '';
  return suggestion === '' ? currencyReason : `${currencyReason}.${suggestion}`;
}

function hasChars(value: string, min: number, max: number): boolean {
  // No code point takes more than two UTF-16 units, so longer texts need no counting.
  if (value.length > 2 * max) return false;
  const chars = [...value].length;
  return chars >= min && chars <= max;
}

/** The messages of a field: what it must be, and that it is missing. */
export function says(reason: string) {
  return {
    error: (issue: { input?: unknown }) => (issue.input === undefined ? `is missing: it ${reason}` : reason),
  };
}
