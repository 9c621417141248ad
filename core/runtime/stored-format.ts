import { z } from 'zod';

/**
 * JSON that is kept in a store has a `format`: the number of its form, so that a later version that gives it another form can
 * tell. What has no number was written before there were numbers and counts as 0. A field that may be missing is no new
 * form: older versions leave it out, and readers know what its absence means.
 */
export type Format = { newest: number; of: string };

/** JSON in a form that this version doesn't know. */
export class NewerFormat extends Error {
  constructor({ newest, of }: Format, found: number) {
    super(`${of} has format ${found}, and this version of Firstcome reads formats up to ${newest}`);
  }
}

const numbered = z.looseObject({ format: z.int().min(0).optional() });

/**
 * Takes the number off: the rest is for the schema of what it is. Throws `NewerFormat`, and whatever zod throws for what is
 * no object.
 */
export function readFormatted(format: Format, value: unknown): Record<string, unknown> {
  const { format: found = 0, ...rest } = numbered.parse(value);
  if (found > format.newest) throw new NewerFormat(format, found);
  return rest;
}

/** What is kept of `value`: with the number of the form in which this version writes. */
export const withFormat = <Value extends object>({ newest }: Format, value: Value): Value & { format: number } => ({
  format: newest,
  ...value,
});
