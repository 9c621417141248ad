import type { z } from 'zod';
import {
  defaultOf,
  eachWireField,
  isNullable,
  isOfKind,
  type DefaultedField,
  type FieldName,
  type KindOf,
  type NullableField,
  type WireName,
} from '../core/events/event-fields.ts';
import { infoChecks, time, type InfoChecks } from '../core/events/fields.ts';
import { givenTheme, themeJson, type Theme } from '../core/events/theme.ts';

/** An event's list of fields as inputs take it. Times are read by `event-times.ts`. */

type Given<Name extends FieldName> =
  KindOf<Name> extends 'time' ? typeof time : KindOf<Name> extends 'theme' ? typeof theme : InfoChecks[Name];
type Created = {
  [Name in FieldName as WireName<Name>]: Name extends NullableField
    ? z.ZodOptional<z.ZodNullable<Given<Name>>>
    : Name extends DefaultedField
      ? z.ZodDefault<Given<Name>>
      : Given<Name>;
};
type Updated = {
  [Name in FieldName as WireName<Name>]: Name extends NullableField
    ? z.ZodOptional<z.ZodNullable<Given<Name>>>
    : z.ZodOptional<Given<Name>>;
};

/** An object; one that says nothing is none. */
const theme: z.ZodType<string | null, Theme> = givenTheme.transform(themeJson);

const given = (name: FieldName): z.ZodType =>
  isOfKind(name, 'time') ? time : isOfKind(name, 'theme') ? theme : infoChecks[name];

/**
 * Of a new event. What an event may lack stays absent: a request that is sent again to a version with more fields must still
 * be the same request.
 */
export const createdInfo = eachWireField<Created>((name) => {
  if (isNullable(name)) return given(name).nullish();
  const value = defaultOf(name);
  return value === undefined ? given(name) : given(name).default(value);
});

/** Of a change: what is absent stays, and null takes away what an event may lack. */
export const updatedInfo = eachWireField<Updated>((name) =>
  isNullable(name) ? given(name).nullish() : given(name).optional(),
);
