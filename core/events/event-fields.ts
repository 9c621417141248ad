/**
 * What people read about an event: the one list of its descriptive fields. Types, validation, columns, gate, audit trail,
 * wire, CLI flags and the console's form derive from it.
 *
 * To add a field: an entry here, its column in `prisma/schema.prisma` with a migration, and what the compiler then asks
 * for, which is its words in the console and its line where an event is shown. Rows and gates of earlier versions don't
 * have it, so it must be nullable (`default: null`).
 *
 * Stock, times of the window and strategy decide claims and are not in this list: see `RoundConfig`.
 * Browsers load this file, so it imports nothing.
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
    flag: { value: 'text', summary: 'What people read about it' },
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
    flag: { value: 'zone', summary: 'Zone of times without an offset, and in which times are shown: Asia/Seoul' },
  },
  listed: {
    kind: 'switch',
    default: true,
    column: 'listed',
    seenBy: 'admins',
    flag: { summary: 'Put it on the public list', summaryOff: 'Leave it out of the public list' },
  },
  imageUrl: {
    kind: 'url',
    default: null,
    column: 'image_url',
    seenBy: 'everybody',
    flag: { value: 'url', summary: 'Picture for its page, https only; `none` for no picture' },
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
      summary: 'What the picture shows, for people who do not see it; `none` if it only decorates',
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
    flag: { value: 'url', summary: 'Where the coupon is used, https only; `none` for nowhere' },
  },
  validUntilMs: {
    kind: 'time',
    default: null,
    column: 'valid_until',
    seenBy: 'everybody',
    flag: { value: 'time', summary: 'Until when the coupon can be used, in the same forms; `none` for no end' },
  },
  theme: {
    kind: 'theme',
    default: null,
    column: 'theme',
    seenBy: 'everybody',
    flag: {
      value: 'json',
      summary: 'How its page looks: {"shopName":"...","accentColor":"#d6291e"}; `none` for the look of every page',
    },
  },
} as const satisfies Record<string, EventField>;

/** What every field has. */
type Common = {
  /** In the table `events`. */
  column: string;
  /** Fields for admins are left out of `event.get` and `event.list`. */
  seenBy: 'everybody' | 'admins';
  /** Of the CLI: what stands for the value in help, and what the flag means. */
  flag: { value: string; summary: string };
};

/**
 * A field. Its kind says what its values are, and every place has a table of what it does with each kind. `default` is what a
 * new event has if nothing is given; a field without one must be given. What reads on after the field's name is `what`.
 */
export type EventField =
  /** A text without line breaks; with line breaks. Of `charsMin` to `charsMax` characters. */
  | (Common & { kind: 'line'; what: string; charsMin: number; charsMax: number; default?: null })
  | (Common & { kind: 'text'; charsMin: number; charsMax: number; default?: '' | null })
  /** A whole number from 1 to `max`. */
  | (Common & { kind: 'whole'; what: string; max: number; default?: null })
  /** ISO 4217. */
  | (Common & { kind: 'currency'; default?: string | null })
  /** IANA. */
  | (Common & { kind: 'time_zone'; default?: null })
  /** https, or http on this machine. */
  | (Common & { kind: 'url'; default?: null })
  /** In ms since 1970, under a name that ends in `Ms`; elsewhere it is ISO 8601 under the name without `Ms`. */
  | (Common & { kind: 'time'; default?: null })
  /** A theme as JSON (`theme.ts`); elsewhere it is an object. */
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
/** Fields that an event may lack: their value is null then. */
export type NullableField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { default: null } ? Name : never;
}[FieldName];
/** Fields that need not be given, nullable ones too. */
export type DefaultedField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { default: unknown } ? Name : never;
}[FieldName];
export type PublicField = {
  [Name in FieldName]: (typeof eventFields)[Name] extends { seenBy: 'everybody' } ? Name : never;
}[FieldName];
export type AdminField = Exclude<FieldName, PublicField>;

/** A field's value where the domain has it. */
export type FieldValue<Name extends FieldName> =
  ValueOfKind[KindOf<Name>] | (Name extends NullableField ? null : never);

/** What people read about an event: a value for each field. */
export type EventInfo = { [Name in FieldName]: FieldValue<Name> };

/** What a field is called outside the domain: `validUntilMs` is `validUntil`. */
export type WireName<Name extends FieldName> = Name extends `${infer Wire}Ms` ? Wire : Name;

/** In the order of the list. */
export const fieldNames = Object.keys(eventFields) as FieldName[];

export const wireName = <Name extends FieldName>(name: Name): WireName<Name> =>
  name.replace(/Ms$/, '') as WireName<Name>;

/** A field by its name, as one of any kind. */
export const fieldOf = (name: FieldName): EventField => eventFields[name];

export const isNullable = (name: FieldName): name is NullableField => defaultOf(name) === null;

/** What a new event has if nothing is given; undefined: it must be given. */
export const defaultOf = (name: FieldName): string | boolean | null | undefined => fieldOf(name).default;

export const isOfKind = <Kind extends FieldKind>(name: FieldName, kind: Kind): name is FieldOfKind<Kind> =>
  fieldOf(name).kind === kind;

/** The times that people read; those of the window are not in the list. */
export type TimeField = FieldOfKind<'time'>;
export const timeFields = fieldNames.filter((name): name is TimeField => isOfKind(name, 'time'));

export const isPublic = (name: FieldName): name is PublicField => fieldOf(name).seenBy === 'everybody';

/**
 * A record of what `make` makes for each of `names`. TypeScript can't follow a value through a loop, so the caller says with
 * `Made` what comes out; that type is made of the list, too.
 */
export function eachField<Made extends object>(make: (name: FieldName) => unknown, names = fieldNames): Made {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Made;
}

/** The same under the names that the fields have outside the domain. */
export function eachWireField<Made extends object>(make: (name: FieldName) => unknown, names = fieldNames): Made {
  return Object.fromEntries(names.map((name) => [wireName(name), make(name)])) as Made;
}

/** The fields of whatever has them, such as an event's row, and nothing else. */
export const pickInfo = (event: EventInfo): EventInfo => eachField((name) => event[name]);

/** The fields with what `change` gives another value; what is absent in it stays. */
export const withInfo = (info: EventInfo, change: Partial<{ [Name in FieldName]: FieldValue<Name> | undefined }>) =>
  eachField<EventInfo>((name) => (change[name] === undefined ? info[name] : change[name]));
