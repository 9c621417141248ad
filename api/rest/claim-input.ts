import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { say, type Message } from '../../core/messages/message.ts';
import { submitClaimInput } from '../submit-claim.ts';
import { badInput } from './read-input.ts';

/**
 * The inputs of the claim paths. An original path takes the input of `claim.submit` as its body; the newer path takes
 * no body.
 */

const noFields = z.strictObject({});
const idOfPath = z.object({ eventId });

/** Returns the event id from the body of a call to an original path. Throws `BAD_REQUEST`. */
export function originalClaimInput(body: unknown): { eventId: string } {
  mustBeObject(body, say('body_event_id'));
  return parsed(submitClaimInput, body);
}

/** Returns the event id from the path, and checks that the body is empty. Throws `BAD_REQUEST`. */
export function pathClaimInput(params: Record<string, string>, body: unknown): { eventId: string } {
  const { eventId } = parsed(idOfPath, params);
  if (body === undefined) return { eventId };
  mustBeObject(body, say('body_empty'));
  parsed(noFields, body);
  return { eventId };
}

function mustBeObject(body: unknown, said: Message): void {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return;
  throw badInput([{ path: [], ...said }]);
}

function parsed<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new TRPCError({ code: 'BAD_REQUEST', cause: result.error });
}
