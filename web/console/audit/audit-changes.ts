import { formatMoney } from '../../shared/formats.ts';
import type { Language } from '../../shared/language.ts';
import type { ConsoleMessages } from '../messages/en.ts';

/** One line of an audit entry: a field with its old and new value. `from` is null if the field had no old value. */
export type AuditChange = { label: string; from: string | null; to: string };

type State = Record<string, unknown>;
type Entry = { before?: unknown; after?: unknown };
type Reader = { words: ConsoleMessages; language: Language };

/** Fields that tell a reader nothing: counters, and the options of a list. */
const silent = new Set(['version', 'round', 'limit', 'order']);
/** The fields that readers look for first, so they are listed first. */
const first = ['name', 'amount', 'stock', 'opensAt', 'closesAt'];

/**
 * Returns an audit entry's lines: the fields that changed or, if the entry has only one state, that state's non-empty
 * fields.
 */
export function changesOf({ before, after }: Entry, reader: Reader): AuditChange[] {
  const [old, now] = [stateOf(before), stateOf(after)];
  const currency = textOf(now?.['currency'] ?? old?.['currency']);
  const names = [...new Set([...Object.keys(now ?? {}), ...Object.keys(old ?? {})])].filter(
    (name) => !silent.has(name) && (name !== 'currency' || old !== null),
  );
  names.sort((a, b) => rank(a) - rank(b));
  const show = (name: string, value: unknown): string => valueInWords(name, value, { ...reader, currency });
  if (old === null || now === null) {
    const only = now ?? old ?? {};
    return names
      .filter((name) => !isEmpty(only[name]))
      .map((name) => ({ label: labelOf(name, reader.words), from: null, to: show(name, only[name]) }));
  }
  return names
    .filter((name) => JSON.stringify(old[name] ?? null) !== JSON.stringify(now[name] ?? null))
    .map((name) => ({ label: labelOf(name, reader.words), from: show(name, old[name]), to: show(name, now[name]) }));
}

const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);

const stateOf = (value: unknown): State | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as State) : null;

const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || value === false;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function labelOf(name: string, { forms, audit }: ConsoleMessages): string {
  const labels: Partial<Record<string, string>> = { ...audit.fields, ...forms.fields };
  return labels[name] ?? name;
}

type ValueReader = Reader & { currency: string };

function valueInWords(name: string, value: unknown, { words, language, currency }: ValueReader): string {
  const { audit } = words;
  if (value === null || value === undefined || value === '') return audit.none;
  if (typeof value === 'boolean') return value ? audit.yes : audit.no;
  if (typeof value === 'number') {
    const isWorth = name === 'amount' && currency !== '';
    return isWorth ? formatMoney(language, value, currency) : new Intl.NumberFormat(language).format(value);
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  if (name === 'codes' && value in audit.codes) return audit.codes[value as keyof typeof audit.codes];
  if (name === 'role' && value in words.shell.roles) return words.shell.roles[value as keyof typeof words.shell.roles];
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? timeInWords(language, value) : value;
}

const timeInWords = (language: Language, at: string): string =>
  new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    ...{ year: 'numeric', month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit' },
    second: Date.parse(at) % 60_000 === 0 ? undefined : '2-digit',
    hour12: false,
  }).format(Date.parse(at));
