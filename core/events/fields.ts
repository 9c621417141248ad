import { z } from 'zod';
import { say, type Message } from '../messages/message.ts';
import { issueOf, must } from '../messages/zod-issues.ts';
import { isCurrencyCode } from '../money/minor-units.ts';
import { likelyCurrencies } from '../money/suggest-currency.ts';
import { eachField, fieldOf, type FieldName, type KindOf, type ValueOfKind } from './event-fields.ts';
import { limits, neverMs, realStrategyNames, strategyNames } from './event.ts';
import { urlProblem } from './page-url.ts';
import { themeProblems } from './theme.ts';

/**
 * The fields of all inputs, for the API and the CLI. Each message continues a sentence that begins with the field's
 * name.
 */

export const eventId = z.string(must(say('event_id'))).regex(limits.eventId, must(say('event_id')));

export const userId = z.string(must(say('printable_id'))).regex(limits.userId, must(say('printable_id')));

/** The event's name, which the caller repeats to confirm that the id belongs to the intended event. */
export const confirm = z.string(must(say('event_name')));

export const stock = whole('of coupons', limits.stockMax);
export const version = whole('of a version', 2 ** 32 - 1);
export const round = whole('of a round', 2 ** 32 - 1);

export const serial = whole('of a serial', limits.stockMax);

/** The id of a claim fault, as the list of faults shows it. */
export const faultId = whole('that is the id of a fault', Number.MAX_SAFE_INTEGER);

/** A coupon code as people type it. Only its length is checked here; core checks its form. */
export const code = z.string(must(say('code'))).max(64, must(say('code')));

const serialOr0 = must(say('whole_from_0', { max: limits.stockMax }));

/** The last serial already read; 0 starts at the first serial. */
export const afterSerial = z.int(serialOr0).min(0, serialOr0).max(limits.stockMax, serialOr0);

/** The currency of a new event. */
const currency = z.string(must(currencyRule)).refine(isCurrencyCode, must(currencyRule));

/**
 * The currency of an existing event. Events created before ISO 4217 was enforced may keep any three letters. A new
 * currency is checked with `currency`.
 */
export const heldCurrency = z.string(must(currencyRule)).regex(/^[A-Z]{3}$/, must(currencyRule));

/** Accepts every strategy. Core checks whether this system offers it. */
export const strategy = z.enum(strategyNames, must(say('one_of', { allowed: realStrategyNames })));

/** A time as people write it; `event-times.ts` parses it. */
export const time = z.string(must(say('time'))).max(64, must(say('time')));

const timeZone = z.string(must(say('time_zone'))).max(64, must(say('time_zone')));

/** Milliseconds since 1970, at most the end of the year 9999, as in MySQL. */
export const timeMs = z.int(must(say('time'))).max(neverMs, must(say('time')));

/** The reason for a change, for the audit trail. */
export const reason = text('a text', 1, limits.reasonCharsMax);

const trueOrFalse = z.boolean(must(say('true_or_false')));

export const repair = trueOrFalse;

export const requestId = z.string(must(say('printable_id'))).regex(limits.userId, must(say('printable_id')));

export const auditActor = text('a name', 1, 200);
export const auditAction = z
  .string(must(say('audit_action')))
  .regex(/^[a-z]+(\.[a-z-]+)*$/, must(say('audit_action')))
  .max(64, must(say('too_long', { max: 64 })));

export const cursor = z.string(must(say('cursor'))).max(200, must(say('too_long', { max: 200 })));

/** The most rows to return, from 1 to `max`. */
export const limit = (max: number, fallback: number) => whole('', max).default(fallback);

/** Which values each descriptive field may have. Whether a field may also be null or absent depends on the request. */
export const infoChecks = eachField<InfoChecks>(checkOf);

/**
 * Spells out the value's type instead of using `FieldValue`, because the client's declarations would otherwise include
 * the whole list of fields.
 */
export type InfoChecks = {
  [Name in FieldName]: z.ZodType<ValueOfKind[KindOf<Name>], ValueOfKind[KindOf<Name>]>;
};

function checkOf(name: FieldName): z.ZodType {
  const field = fieldOf(name);
  switch (field.kind) {
    case 'line':
      return text(field.what, field.charsMin, field.charsMax).refine(
        (value) => !/\p{Cc}/u.test(value),
        must(say('control_characters')),
      );
    case 'text':
      return text('a text', field.charsMin, field.charsMax).refine(
        (value) => !value.includes('\0'),
        must(say('nul_characters')),
      );
    case 'whole':
      return whole(field.what, field.max);
    case 'currency':
      return currency;
    case 'time_zone':
      return timeZone;
    case 'url':
      return z.string(must(say('url'))).superRefine((value, context) => {
        const problem = urlProblem(value);
        if (problem !== null) context.addIssue(issueOf([], problem));
      });
    case 'time':
      return timeMs;
    case 'theme':
      return z.string(must(say('theme'))).superRefine((json, context) => {
        for (const issue of themeProblems(json)) context.addIssue(issue);
      });
    case 'switch':
      return trueOrFalse;
  }
}

function whole(what: string, max: number) {
  const rule = must(say('whole_number', { what, max }));
  return z.int(rule).min(1, rule).max(max, rule);
}

/** Counts code points, so an emoji that is one code point counts as one character. */
function text(what: string, min: number, max: number) {
  const length = must(say('text_length', { what, min, max }));
  return z
    .string(length)
    .refine((value) => value.isWellFormed(), must(say('half_character')))
    .refine((value) => hasChars(value, min, max), length)
    .refine((value) => min === 0 || value.trim() !== '', must(say('blank')));
}

/** The rule for a currency. The message suggests codes that the caller probably meant. */
function currencyRule(input: unknown): Message {
  return say('currency', { suggestions: typeof input === 'string' ? likelyCurrencies(input) : [] });
}

function hasChars(value: string, min: number, max: number): boolean {
  // A code point takes at most two UTF-16 units, so a longer text needs no counting.
  if (value.length > 2 * max) return false;
  const chars = [...value].length;
  return chars >= min && chars <= max;
}
