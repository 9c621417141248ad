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

/** An event's fields as an input contains them, with times not yet parsed. */

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

/** A theme, given as an object. An empty object counts as absent. */
const theme: z.ZodType<string | null, Theme> = givenTheme.transform(themeJson);

const given = (name: FieldName): z.ZodType =>
  isOfKind(name, 'time') ? time : isOfKind(name, 'theme') ? theme : infoChecks[name];

/**
 * The fields of a new event. Absent optional fields stay absent. So if an upgrade adds fields, a request repeated after
 * the upgrade is still the same request.
 */
export const createdInfo = eachWireField<Created>((name) => {
  if (isNullable(name)) return given(name).nullish();
  const value = defaultOf(name);
  return value === undefined ? given(name) : given(name).default(value);
});

/** The fields of a change: an absent field keeps its value, and null removes an optional field's value. */
export const updatedInfo = eachWireField<Updated>((name) =>
  isNullable(name) ? given(name).nullish() : given(name).optional(),
);
