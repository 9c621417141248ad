/**
 * The one list of an event's fields that don't decide claims: most are for people to read. Types, validation, columns, gate, audit
 * trail, wire, CLI flags and the console's form are all derived from it.
 *
 * To add a field, add an entry here, a column in `prisma/schema.prisma` with a migration, and whatever the compiler
 * then reports as missing. The field must be nullable (`default: null`), because rows and gates of earlier versions
 * don't have it.
 *
 * Stock, strategy, and opening and closing times decide claims, so they are in `RoundConfig`. Browsers load this file,
 * so it imports nothing.
 */
export const eventFields = {
  name: {
    kind: 'line',
    what: 'a name',
    charsMin: 1,
    charsMax: 200,
    column: 'name',
    seenBy: 'everybody',
    flag: { value: 'text', summary: 'What people call it' },
  },
  description: {
    kind: 'text',
    charsMin: 0,
    charsMax: 5_000,
    default: '',
    column: 'description',
    seenBy: 'everybody',
    flag: { value: 'text', summary: "Description on the event's page" },
  },
  amount: {
    kind: 'whole',
    what: 'in the minor unit of the currency',
    max: 1_000_000_000_000,
    column: 'amount',
    seenBy: 'everybody',
    flag: { value: 'number', summary: "What a coupon is worth, in the currency's minor unit" },
  },
  currency: {
    kind: 'currency',
    default: 'KRW',
    column: 'currency',
    seenBy: 'everybody',
    flag: { value: 'code', summary: 'ISO 4217 code (default for a new event: KRW)' },
  },
  timeZone: {
    kind: 'time_zone',
    default: null,
    column: 'time_zone',
    seenBy: 'admins',
    flag: { value: 'zone', summary: 'Time zone for times without an offset, and for showing times: Asia/Seoul' },
  },
  listed: {
    kind: 'switch',
    default: true,
    column: 'listed',
    seenBy: 'admins',
    flag: { summary: 'Put the event on the public list', summaryOff: 'Leave the event out of the public list' },
  },
  imageUrl: {
    kind: 'url',
    default: null,
    column: 'image_url',
    seenBy: 'everybody',
    flag: { value: 'url', summary: "Picture on the event's page, https only; `none` for no picture" },
  },
  imageAlt: {
    kind: 'line',
    what: 'a text',
    charsMin: 1,
    charsMax: 500,
    default: null,
    column: 'image_alt',
    seenBy: 'everybody',
    flag: {
      value: 'text',
      summary: 'What the picture shows, for people who can’t see it; `none` if it is decoration',
    },
  },
  terms: {
    kind: 'text',
    charsMin: 1,
    charsMax: 5_000,
    default: null,
    column: 'terms',
    seenBy: 'everybody',
    flag: { value: 'text', summary: 'Terms of use; `none` for no terms' },
  },
  useUrl: {
    kind: 'url',
    default: null,
    column: 'use_url',
    seenBy: 'everybody',
    flag: { value: 'url', summary: 'URL where the coupon is used, https only; `none` for no URL' },
  },
  validUntilMs: {
    kind: 'time',
    default: null,
    column: 'valid_until',
    seenBy: 'everybody',
    flag: { value: 'time', summary: 'When the coupon expires, in the forms of --opens-at; `none` for never' },
  },
  theme: {
    kind: 'theme',
    default: null,
    column: 'theme',
    seenBy: 'everybody',
    flag: {
      value: 'json',
      summary:
        'Look of the event\'s page: {"shopName":"...","accentColor":"#d6291e"}; `none` for the look of all other pages',
    },
  },
  triesMax: {
    kind: 'whole',
    what: 'of tries',
    max: 100,
    default: null,
    column: 'tries_max',
    seenBy: 'admins',
    flag: { value: 'number', summary: 'Most tries per user within --tries-window-ms; `none` for no limit' },
  },
  triesWindowMs: {
    kind: 'whole',
    what: 'of milliseconds',
    max: 86_400_000,
    default: null,
    column: 'tries_window_ms',
    seenBy: 'admins',
    flag: { value: 'number', summary: 'The window of --tries-max, in milliseconds; `none` for no limit' },
  },
} as const satisfies Record<string, EventField>;

/** What every field has, whatever its kind. */
type Common = {
  /** The column in the table `events`. */
  column: string;
  /** Who may see the field. `event.get` and `event.list` leave out the fields for admins. */
  seenBy: 'everybody' | 'admins';
  /** The CLI flag: the placeholder for its value in the help text, and its description. */
  flag: { value: string; summary: string };
};

/**
 * `kind` says which values a field takes. `default` is the value of a new event if none is given; a field without a
 * default is required. `what` is the part of an error message that follows the field's name.
 */
export type EventField =
  /** A text of `charsMin` to `charsMax` characters; `line` without line breaks, `text` with them. */
  | (Common & { kind: 'line'; what: string; charsMin: number; charsMax: number; default?: null })
  | (Common & { kind: 'text'; charsMin: number; charsMax: number; default?: '' | null })
  /** A whole number from 1 to `max`. */
  | (Common & { kind: 'whole'; what: string; max: number; default?: null })
  /** An ISO 4217 code. */
  | (Common & { kind: 'currency'; default?: string | null })
  /** An IANA time zone. */
  | (Common & { kind: 'time_zone'; default?: null })
  /** An https URL, or http on this machine. */
  | (Common & { kind: 'url'; default?: null })
  /**
   * Milliseconds since 1970, in a field whose name ends in `Ms`. Outside the domain, the value is ISO 8601 and the name
   * has no `Ms`.
   */
  | (Common & { kind: 'time'; default?: null })
  /** A theme as JSON (`theme.ts`). Outside the domain, it is an object. */
  | (Common & { kind: 'theme'; default?: null })
  | (Omit<Common, 'flag'> & { kind: 'switch'; default: boolean; flag: { summary: string; summaryOff: string } });

export type FieldKind = EventField['kind'];

export type ValueOfKind = {
  line: string;
  text: string;
  whole: number;
  currency: string;
  time_zone: string;
  url: string;
  time: number;
  theme: string;
  switch: boolean;
};

export type FieldName = keyof typeof eventFields;
export type KindOf<Name extends FieldName> = (typeof eventFields)[Name]['kind'];
export type FieldOfKind<Kind extends FieldKind> = {
  [Name in FieldName]: KindOf<Name> extends Kind ? Name : never;
}[FieldName];
/** Fields that an event may lack. The value of a missing field is null. */
export type NullableField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { default: null } ? Name : never;
}[FieldName];
/** Fields that may be omitted when an event is created. */
export type DefaultedField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { default: unknown } ? Name : never;
}[FieldName];
export type PublicField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { seenBy: 'everybody' } ? Name : never;
}[FieldName];
export type AdminField = Exclude<FieldName, PublicField>;

/** A field's value inside the domain. */
export type FieldValue<Name extends FieldName> =
  ValueOfKind[KindOf<Name>] | (Name extends NullableField ? null : never);

/** The descriptive fields of an event, each with its value. */
export type EventInfo = { [Name in FieldName]: FieldValue<Name> };

/** A field's name outside the domain: the time `validUntilMs` becomes `validUntil`. */
export type WireName<Name extends FieldName> =
  Name extends FieldOfKind<'time'> ? (Name extends `${infer Wire}Ms` ? Wire : Name) : Name;

/** The field names, in the order of the list. */
export const fieldNames = Object.keys(eventFields) as FieldName[];

export const wireName = <Name extends FieldName>(name: Name): WireName<Name> =>
  (isOfKind(name, 'time') ? name.replace(/Ms$/, '') : name) as WireName<Name>;

/** The definition of a field, for code that handles fields of any kind. */
export const fieldOf = (name: FieldName): EventField => eventFields[name];

export const isNullable = (name: FieldName): name is NullableField => defaultOf(name) === null;

/** The value of a new event if none is given; undefined if the field is required. */
export const defaultOf = (name: FieldName): string | boolean | null | undefined => fieldOf(name).default;

export const isOfKind = <Kind extends FieldKind>(name: FieldName, kind: Kind): name is FieldOfKind<Kind> =>
  fieldOf(name).kind === kind;

/** The descriptive fields that are times. Opening and closing times are not descriptive fields. */
export type TimeField = FieldOfKind<'time'>;
export const timeFields = fieldNames.filter((name): name is TimeField => isOfKind(name, 'time'));

export const isPublic = (name: FieldName): name is PublicField => fieldOf(name).seenBy === 'everybody';

/**
 * Makes a record that maps each of `names` to the result of `make`. TypeScript can't follow each value's type through a
 * loop, so the caller names the record's type, `Made`.
 */
export function eachField<Made extends object>(make: (name: FieldName) => unknown, names = fieldNames): Made {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Made;
}

/** Like `eachField`, but with the names that the fields have outside the domain. */
export function eachWireField<Made extends object>(make: (name: FieldName) => unknown, names = fieldNames): Made {
  return Object.fromEntries(names.map((name) => [wireName(name), make(name)])) as Made;
}

/** Keeps only the descriptive fields of an object such as an event's row. */
export const pickInfo = (event: EventInfo): EventInfo => eachField((name) => event[name]);

/** The fields, with the new values from `change`. A field that is absent from `change` keeps its value. */
export const withInfo = (info: EventInfo, change: Partial<{ [Name in FieldName]: FieldValue<Name> | undefined }>) =>
  eachField<EventInfo>((name) => (change[name] === undefined ? info[name] : change[name]));
