import { z } from 'zod';
import { roles } from '../access/actor.ts';
import { timeOutput } from '../runtime/iso-time.ts';

/** The caller, according to the token, and this system's rules for planning an event. */
export const whoamiOutput = z.object({
  name: z.string(),
  role: z.enum(roles).nullable(),
  serverTime: timeOutput,
  /** An event above one of these limits needs another admin's approval. Null means that there is no limit. */
  approvalAbove: z.object({ amount: z.number().nullable(), stock: z.number().nullable() }),
  /** How long before its opening an event is seeded, in seconds. */
  seedLead: z.number(),
  /** Whether the caller sees complete coupon codes. */
  seesCodes: z.boolean(),
});

/**
 * The part of the answer that clients need. A newer API may send a role that the client does not know, and an older API
 * sends no rules.
 */
export const whoamiInput = whoamiOutput
  .pick({ name: true, role: true, serverTime: true })
  .extend({ role: z.string().nullable() });
