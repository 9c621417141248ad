import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { submitClaimInput } from '../submit-claim.ts';
import { badInput } from './read-input.ts';

/** What the paths of claims take: the original ones the input of `claim.submit` as their body, the other one no body at all. */

const noFields = z.strictObject({});
const idOfPath = z.object({ eventId });

/** The event that the body of an original path names. Throws `BAD_REQUEST`. */
export function originalClaimInput(body: unknown): { eventId: string } {
  mustBeObject(body, 'The body must be a JSON object with an eventId.');
  return parsed(submitClaimInput, body);
}

/** The event of a path, and that there is nothing in the body. Throws `BAD_REQUEST`. */
export function pathClaimInput(params: Record<string, string>, body: unknown): { eventId: string } {
  const { eventId } = parsed(idOfPath, params);
  if (body === undefined) return { eventId };
  mustBeObject(body, 'The body must be empty, or an empty JSON object.');
  parsed(noFields, body);
  return { eventId };
}

function mustBeObject(body: unknown, message: string): void {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return;
  throw badInput([{ path: [], message }]);
}

function parsed<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new TRPCError({ code: 'BAD_REQUEST', cause: result.error });
}
