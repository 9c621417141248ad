import { whoamiOutput } from '../../core/wire/whoami-wire.ts';
import { viewerProcedure } from '../base.ts';
import { isoTime } from '../time-output.ts';

/** Whose token it is, and what time it is by the clock that opens events: what a client asks first. Needs no store. */
export const adminWhoami = viewerProcedure.output(whoamiOutput).query(({ ctx }) => {
  const { name, role } = ctx.actor;
  return { name, role, serverTime: isoTime(ctx.clock.nowMs()) };
});
