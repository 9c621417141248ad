import { Prisma } from '../../prisma/generated/client.ts';
import {
  eachField,
  eachWireField,
  fieldNames,
  fieldOf,
  lineOrders,
  type EventInfo,
  type FieldKind,
  type FieldName,
  type KindOf,
  type LineOrder,
  type NullableField,
  type WireName,
} from './event-fields.ts';

/** For each kind of field: how a raw query reads it and how Prisma writes it. */
type Column<Read, Value, Written> = { read: (stored: Read) => Value; write: (value: Value) => Written };
const same: Column<string, string, string> = { read: (stored) => stored, write: (value) => value };
const columns = {
  line: same,
  text: same,
  currency: same,
  time_zone: same,
  url: same,
  theme: same,
  line_order: { read: readLineOrder, write: (value) => value } as Column<string, LineOrder, string>,
  whole: { read: Number, write: BigInt } as Column<bigint, number, bigint>,
  time: {
    read: (stored) => stored.getTime(),
    write: (value) => new Date(value),
  } as Column<Date, number, Date>,
  switch: { read: (stored) => stored !== 0, write: (value) => value } as Column<number, boolean, boolean>,
} satisfies Record<FieldKind, unknown>;

/** Reads a stored order. Throws if only a newer version knows it. */
function readLineOrder(stored: string): LineOrder {
  const known = lineOrders.find((order) => order === stored);
  if (known === undefined)
    throw new Error(`The line order ${stored} is not known here. Do all processes run the same version?`);
  return known;
}

type AnyColumn = Column<unknown, unknown, unknown>;
const columnOf = (name: FieldName): AnyColumn => columns[fieldOf(name).kind] as unknown as AnyColumn;

type WrittenFields = {
  [Name in FieldName as WireName<Name>]:
    ReturnType<(typeof columns)[KindOf<Name>]['write']> | (Name extends NullableField ? null : never);
};
/** Does not compile if `schema.prisma` lacks a field or has it with a different type. */
type PrismaFields = Required<Pick<Prisma.EventUncheckedCreateInput, WireName<FieldName>>>;

/** The fields as Prisma writes them to a new or changed row. */
export function writeInfoColumns(info: EventInfo): PrismaFields {
  const written: WrittenFields = eachWireField<WrittenFields>((name) => {
    const value = info[name];
    return value === null ? null : columnOf(name).write(value);
  });
  return written;
}

/** The fields' columns, for a query in which `e` is the table `events`. */
export const infoColumnNames = Prisma.raw(fieldNames.map((name) => `e.${fieldOf(name).column}`).join(', '));

/** Reads the fields from a row with the columns of `infoColumnNames`. */
export const readInfoColumns = (row: object): EventInfo =>
  eachField<EventInfo>((name) => {
    const stored = (row as Record<string, unknown>)[fieldOf(name).column];
    return stored === null ? null : columnOf(name).read(stored);
  });
