import { z } from 'zod';
import { roles } from '../access/actor.ts';
import { timeOutput } from '../runtime/iso-time.ts';

/** Who calls, as their token says, and the rules of this system that whoever plans an event has to know. */
export const whoamiOutput = z.object({
  name: z.string(),
  role: z.enum(roles).nullable(),
  serverTime: timeOutput,
  /** An event above one of these needs another admin's approval; null: however much. */
  approvalAbove: z.object({ amount: z.number().nullable(), stock: z.number().nullable() }),
  /** How long before its opening an event is seeded, in seconds. */
  seedLead: z.number(),
  /** Whether the caller is shown coupon codes whole. */
  seesCodes: z.boolean(),
});

/** What a client needs of it, which may not know a role that came later, and whose API may not tell its rules. */
export const whoamiInput = whoamiOutput
  .pick({ name: true, role: true, serverTime: true })
  .extend({ role: z.string().nullable() });
