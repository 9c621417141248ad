import { z } from 'zod';
import { isoTime, timeOutput } from '../../core/runtime/iso-time.ts';
import { publicProcedure } from '../base.ts';

/** Returns the time of the clock that opens events, never cached, for countdowns. */
export const clockGet = publicProcedure
  .input(z.object({}).optional())
  .output(z.object({ serverTime: timeOutput }))
  .query(({ ctx }) => ({ serverTime: isoTime(ctx.clock.nowMs()) }));
