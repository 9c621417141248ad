import { eventFields, type FieldName } from '../../../core/events/event-fields.ts';
import { limits } from '../../../core/events/event.ts';
import { urlProblem } from '../../../core/events/page-url.ts';
import { isCurrencyCode } from '../../../core/money/minor-units.ts';
import { likelyCurrencies } from '../../../core/money/suggest-currency.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import { readWhole } from '../parts/typed-values.ts';
import { instantOf } from '../parts/zoned-time.ts';
import type { Draft } from './draft.ts';
import { readTheme } from './theme-draft.ts';

/** A problem for each invalid field, in the reader's language. Valid fields are absent. */
export type Problems = Partial<Record<string, string>>;

type Words = ConsoleMessages['forms']['problems'];

/**
 * Checks all fields, so that the form shows every mistake at once. Checks only the rules that people break by mistake;
 * the server checks every rule. `held` is the stored event, whose old values are always accepted.
 */
export function problemsOf(draft: Draft, held: Draft | null, words: ConsoleMessages): Problems {
  const texts = words.forms.problems;
  const found: [string, string | null][] = [
    ['name', draft.name.trim() === '' ? texts.required : tooLong(texts, 'name', draft.name)],
    ...(['description', 'terms', 'imageAlt'] as const).map(
      (name) => [name, tooLong(texts, name, draft[name])] as [string, string | null],
    ),
    ['amount', wholeProblem(texts, draft.amount, eventFields.amount.max)],
    ['stock', wholeProblem(texts, draft.stock, limits.stockMax)],
    ['currency', draft.currency === held?.currency ? null : currencyProblem(texts, draft.currency)],
    ['timeZone', isZone(draft.timeZone) ? null : texts.timeZone],
    ...(['imageUrl', 'useUrl'] as const).map(
      (name) => [name, linkProblem(texts, draft[name])] as [string, string | null],
    ),
    ...timeProblems(draft, words),
    ...themeProblems(draft, texts),
  ];
  return Object.fromEntries(found.flatMap(([name, text]) => (text === null ? [] : [[name, text]])));
}

function tooLong(texts: Words, name: FieldName & ('name' | 'description' | 'terms' | 'imageAlt'), text: string) {
  const { charsMax } = eventFields[name];
  return [...text].length > charsMax ? texts.tooLong(charsMax) : null;
}

function wholeProblem(texts: Words, text: string, max: number): string | null {
  if (text.trim() === '') return texts.required;
  const value = readWhole(text);
  if (value === null) return texts.whole;
  return value < 1 || value > max ? texts.between(max) : null;
}

function currencyProblem(texts: Words, text: string): string | null {
  if (text.trim() === '') return texts.required;
  return isCurrencyCode(text) ? null : texts.currency(likelyCurrencies(text));
}

const linkProblem = (texts: Words, text: string): string | null =>
  text === '' || urlProblem(text) === null ? null : texts.link;

function isZone(timeZone: string): boolean {
  try {
    return timeZone !== '' && new Intl.DateTimeFormat('en', { timeZone }) !== null;
  } catch {
    return false;
  }
}

function timeProblems(draft: Draft, words: ConsoleMessages): [string, string | null][] {
  const texts = words.forms.problems;
  // Local times can't be read without a valid zone, so only the zone is reported as invalid.
  if (!isZone(draft.timeZone)) return [['opensAt', draft.opensAt === '' ? texts.required : null]];
  const problem = (text: string): string | null => {
    if (text === '') return null;
    const at = instantOf(text, draft.timeZone);
    if (at === null) return texts.time;
    if (at === 'skipped') return words.forms.skipped(draft.timeZone);
    return at === 'twice' ? words.forms.twice(draft.timeZone) : null;
  };
  const instant = (text: string): number | null => {
    const at = instantOf(text, draft.timeZone);
    return typeof at === 'number' ? at : null;
  };
  const [opens, closes, ends] = [instant(draft.opensAt), instant(draft.closesAt), instant(draft.validUntil)];
  const isBefore = opens !== null && closes !== null && closes <= opens;
  const last = closes ?? opens;
  return [
    ['opensAt', draft.opensAt.trim() === '' ? texts.required : problem(draft.opensAt)],
    ['closesAt', problem(draft.closesAt) ?? (isBefore ? texts.closesBefore : null)],
    [
      'validUntil',
      problem(draft.validUntil) ?? (ends !== null && last !== null && ends <= last ? texts.endsEarly : null),
    ],
  ];
}

function themeProblems(draft: Draft, texts: Words): [string, string | null][] {
  const { shopName = '', logoUrl = '', iconUrl = '', accentColor = '' } = readTheme(draft.theme);
  return [
    ['theme.shopName', [...shopName].length > 60 ? texts.tooLong(60) : null],
    ['theme.logoUrl', linkProblem(texts, logoUrl)],
    ['theme.iconUrl', linkProblem(texts, iconUrl)],
    ['theme.accentColor', accentColor === '' || /^#[0-9a-f]{6}$/i.test(accentColor) ? null : texts.colour],
  ];
}
