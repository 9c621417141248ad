import { z } from 'zod';
import { publicProcedure } from '../base.ts';
import { isoTime, timeOutput } from '../time-output.ts';

/** The clock that opens events, never from a cache: for countdowns that follow it. */
export const clockGet = publicProcedure
  .input(z.object({}).optional())
  .output(z.object({ serverTime: timeOutput }))
  .query(({ ctx }) => ({ serverTime: isoTime(ctx.clock.nowMs()) }));
