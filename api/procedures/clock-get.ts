import { z } from 'zod';
import { isoTime, timeOutput } from '../../core/runtime/iso-time.ts';
import { publicProcedure } from '../base.ts';

/** The clock that opens events, never from a cache: for countdowns that follow it. */
export const clockGet = publicProcedure
  .input(z.object({}).optional())
  .output(z.object({ serverTime: timeOutput }))
  .query(({ ctx }) => ({ serverTime: isoTime(ctx.clock.nowMs()) }));
