import { z } from 'zod';
import { roles } from '../mint-token.ts';
import { timeOutput } from './time-wire.ts';

/** Who calls, as their token says. */
export const whoamiOutput = z.object({ name: z.string(), role: z.enum(roles).nullable(), serverTime: timeOutput });

/** The same as a client reads it, which may not know a role that came later. */
export const whoamiInput = whoamiOutput.extend({ role: z.string().nullable() });
