import { z } from 'zod';
import { roles } from '../access/actor.ts';
import { timeOutput } from '../runtime/iso-time.ts';

/** The caller, as the token says, and this system's rules for planning an event. */
export const whoamiOutput = z.object({
  name: z.string(),
  role: z.enum(roles).nullable(),
  serverTime: timeOutput,
  /** An event above one of these needs another admin's approval. Null means no limit. */
  approvalAbove: z.object({ amount: z.number().nullable(), stock: z.number().nullable() }),
  /** How long before its opening an event is seeded, in seconds. */
  seedLead: z.number(),
  /** Whether the caller sees complete coupon codes. */
  seesCodes: z.boolean(),
});

/**
 * What a client needs from the answer. The client may not know a newer role, and an older API may not send its rules.
 */
export const whoamiInput = whoamiOutput
  .pick({ name: true, role: true, serverTime: true })
  .extend({ role: z.string().nullable() });
