import { z } from 'zod';
import { isoTime, timeOutput } from '../runtime/iso-time.ts';
import {
  eachField,
  eachWireField,
  fieldNames,
  fieldOf,
  isNullable,
  isOfKind,
  isPublic,
  lineOrders,
  wireName,
  type AdminField,
  type EventInfo,
  type FieldKind,
  type FieldOfKind,
  type FieldName,
  type KindOf,
  type NullableField,
  type PublicField,
  type WireName,
} from './event-fields.ts';
import { parseTheme, themeJson, themeOutput } from './theme.ts';

/** How the API's answers, the audit trail and TypeScript clients see an event's descriptive fields. */

const kinds = {
  line: z.string(),
  text: z.string(),
  currency: z.string(),
  time_zone: z.string(),
  url: z.string(),
  whole: z.int().min(0),
  time: timeOutput,
  theme: themeOutput,
  line_order: z.enum(lineOrders),
  switch: z.boolean(),
} satisfies Record<FieldKind, z.ZodType>;

type Kinds = typeof kinds;
/** Fields that may be null outside the domain. */
type WireNullable = Exclude<NullableField, FieldOfKind<'line_order'>>;
type Shape<Name extends FieldName> = {
  [Each in Name as WireName<Each>]: Each extends WireNullable
    ? z.ZodNullable<Kinds[KindOf<Each>]>
    : Kinds[KindOf<Each>];
};
type ReadShape<Name extends FieldName> = {
  [Each in Name as WireName<Each>]: Each extends WireNullable
    ? z.ZodDefault<z.ZodNullable<Kinds[KindOf<Each>]>>
    : Each extends NullableField
      ? z.ZodDefault<Kinds[KindOf<Each>]>
      : Kinds[KindOf<Each>];
};

/** The fields as they are outside the domain, where times are ISO 8601. */
export type InfoWire<Name extends FieldName = FieldName> = z.output<z.ZodObject<Shape<Name>>>;

const schemaOf = (name: FieldName): z.ZodType => {
  const schema = kinds[fieldOf(name).kind];
  return isWireNullable(name) ? schema.nullable() : schema;
};

const isWireNullable = (name: FieldName): boolean => isNullable(name) && !isOfKind(name, 'line_order');

const publicNames = fieldNames.filter(isPublic);
const adminNames = fieldNames.filter((name): name is AdminField => !isPublic(name));

/** The fields that everybody gets, and the fields that only admins get. */
export const publicInfo = eachWireField<Shape<PublicField>>(schemaOf, publicNames);
export const adminInfo = eachWireField<Shape<AdminField>>(schemaOf, adminNames);

/** All fields as a client reads them. An older API may not send a nullable field. */
export const readableInfo = eachWireField<ReadShape<FieldName>>((name) =>
  isWireNullable(name)
    ? schemaOf(name).default(null)
    : isOfKind(name, 'line_order')
      ? schemaOf(name).default('off')
      : schemaOf(name),
);

function show(info: EventInfo, name: FieldName): unknown {
  if (isOfKind(name, 'time') && info[name] !== null) return isoTime(info[name]);
  if (isOfKind(name, 'theme') && info[name] !== null) return parseTheme(info[name]);
  if (isOfKind(name, 'line_order')) return info[name] ?? 'off';
  return info[name];
}

export const showPublicInfo = (info: EventInfo): InfoWire<PublicField> =>
  eachWireField<InfoWire<PublicField>>((name) => show(info, name), publicNames);
export const showAdminInfo = (info: EventInfo): InfoWire<AdminField> =>
  eachWireField<InfoWire<AdminField>>((name) => show(info, name), adminNames);
export const showInfo = (info: EventInfo): InfoWire => eachWireField<InfoWire>((name) => show(info, name));

/** The reverse of `showInfo`: separates the descriptive fields of an answer from the `rest`. */
export function takeInfo<Answer extends InfoWire>(
  answer: Answer,
): { info: EventInfo; rest: Omit<Answer, keyof InfoWire> } {
  const info = eachField<EventInfo>((name) => {
    const value = answer[wireName(name)];
    if (isOfKind(name, 'theme')) return value === null || typeof value !== 'object' ? null : themeJson(value);
    if (isOfKind(name, 'line_order')) return value === 'off' ? null : value;
    return isOfKind(name, 'time') && typeof value === 'string' ? Date.parse(value) : value;
  });
  const isInfo = new Set<string>(fieldNames.map(wireName));
  const rest = Object.fromEntries(Object.entries(answer).filter(([name]) => !isInfo.has(name)));
  return { info, rest: rest as Omit<Answer, keyof InfoWire> };
}
