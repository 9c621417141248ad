import {
  fieldNames,
  fieldOf,
  isNullable,
  wireName,
  type EventInfo,
  type FieldName,
} from '../../core/events/event-fields.ts';
import { givenTheme, themeJson, themeProblems } from '../../core/events/theme.ts';
import { flagName } from '../flag-name.ts';
import { isLocal, parseInstant, parseTimeZone } from '../parse-instant.ts';
import { UsageError } from '../usage-error.ts';

/** A command's parsed arguments, including those that are not fields of an event. */
type Given = Readonly<Record<string, unknown>>;

type Reading = { timeZone: string | null; nowMs: number };

/** The event's fields that the flags give. `none` or an empty string clears a field that may be null. */
export function givenInfo(values: object, reading: Reading): Partial<EventInfo> {
  const entries = fieldNames.map((name) => [name, givenValue(values as Given, name, reading)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Whether any flag gives a field. */
export const givesInfo = (values: object): boolean =>
  fieldNames.some((name) => flagsOf(name).some((flag) => ((values as Given)[flag] ?? false) !== false));

/** Whether a field's time was given without an offset. */
export const givesLocalTime = (values: object): boolean =>
  fieldNames.some((name) => {
    const text = (values as Given)[wireName(name)];
    return fieldOf(name).kind === 'time' && typeof text === 'string' && isLocal(text);
  });

const flagsOf = (name: FieldName): string[] =>
  fieldOf(name).kind === 'switch' ? [name, `un${name}`] : [wireName(name)];

function givenValue(values: Given, name: FieldName, { timeZone, nowMs }: Reading): unknown {
  const value = values[wireName(name)];
  const { kind } = fieldOf(name);
  if (kind === 'switch') return switched(name, value === true, values[`un${name}`] === true);
  if (isNullable(name) && (value === 'none' || value === '')) return null;
  if (typeof value !== 'string') return value;
  switch (kind) {
    case 'time':
      return parseInstant(value, { flag: flagName(wireName(name)), timeZone, nowMs });
    case 'time_zone':
      return parseTimeZone(value);
    case 'line':
    case 'text':
    case 'currency':
    case 'url':
    case 'line_order':
      return value;
    case 'whole':
      return wholeNumber(name, value);
    case 'theme':
      return themeText(value);
  }
}

function switched(name: FieldName, on: boolean, off: boolean): boolean | undefined {
  if (on && off) throw new UsageError(`${flagName(name)} and ${flagName(`un${name}`)} contradict each other.`);
  return on || off ? on : undefined;
}

function wholeNumber(name: FieldName, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${flagName(wireName(name))} must be a whole number${isNullable(name) ? ', or none' : ''}.`);
}

/** The theme as it is stored. Throws `UsageError` if the theme is not valid. */
function themeText(json: string): string | null {
  const [problem] = themeProblems(json);
  if (problem === undefined) return themeJson(givenTheme.parse(JSON.parse(json)));
  throw new UsageError(`${flagName('theme')}: ${[...problem.path, problem.message].join(' ')}.`);
}
