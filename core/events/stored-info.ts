import { z } from 'zod';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import {
  eachField,
  fieldOf,
  isNullable,
  pickInfo,
  type EventInfo,
  type FieldKind,
  type FieldName,
} from './event-fields.ts';

/** Checks only types, not limits: limits may change, and a value that was once accepted must stay readable. */
const kinds = {
  line: z.string(),
  text: z.string(),
  currency: z.string(),
  time_zone: z.string(),
  url: z.string(),
  whole: z.int(),
  time: z.int(),
  theme: z.string(),
  switch: z.boolean(),
} satisfies Record<FieldKind, z.ZodType>;

const valueOf = (name: FieldName): z.ZodType => {
  const value = kinds[fieldOf(name).kind];
  return isNullable(name) ? value.nullable() : value;
};

type InfoShape = { [Name in FieldName]: z.ZodType<EventInfo[Name]> };

/** The fields to which a change gives a new value. */
export const someInfo = z.object(eachField<InfoShape>(valueOf)).exactPartial();

/** All fields. A gate lacks the fields that were added after it was made. */
const wholeInfo = z.object(
  eachField<InfoShape>((name) => (isNullable(name) ? valueOf(name).default(null) : valueOf(name))),
);

const infoFormat: Format = { newest: 1, of: "the gate's text about the event" };

/** Throws `NewerFormat` if a newer version wrote the text, and another error if the text does not hold the fields. */
export const parseInfo = (json: string): EventInfo => wholeInfo.parse(readFormatted(infoFormat, JSON.parse(json)));

export const infoJson = (info: EventInfo): string => JSON.stringify(withFormat(infoFormat, pickInfo(info)));
