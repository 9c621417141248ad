import { z } from 'zod';

/**
 * JSON in a store has a `format` number, so that a version of Firstcome can recognize a format newer than its own. JSON
 * without a number counts as format 0. Adding an optional field does not need a new number: older versions leave the
 * field out, and readers know what its absence means.
 */
export type Format = { newest: number; of: string };

/** JSON in a format that this version doesn't know. */
export class NewerFormat extends Error {
  constructor({ newest, of }: Format, found: number) {
    super(`${of} has format ${found}, and this version of Firstcome reads formats up to ${newest}`);
  }
}

const numbered = z.looseObject({ format: z.int().min(0).optional() });

/**
 * Removes the format number and returns the rest, for the caller's own schema. Throws `NewerFormat`, or a zod error if
 * `value` is not an object.
 */
export function readFormatted(format: Format, value: unknown): Record<string, unknown> {
  const { format: found = 0, ...rest } = numbered.parse(value);
  if (found > format.newest) throw new NewerFormat(format, found);
  return rest;
}

/** Adds the number of the newest format, which this version writes. */
export const withFormat = <Value extends object>({ newest }: Format, value: Value): Value & { format: number } => ({
  format: newest,
  ...value,
});
