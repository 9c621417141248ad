import { shownCodes } from '../../core/access/shown-codes.ts';
import { isoTime } from '../../core/runtime/iso-time.ts';
import { whoamiOutput } from '../../core/wire/whoami-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Whose token it is, what time it is by the clock that opens events, and by what rules: what a client asks first. Needs no store. */
export const adminWhoami = viewerProcedure.output(whoamiOutput).query(({ ctx }) => {
  const { name, role } = ctx.actor;
  const { approvals, seedLeadMs, codes } = ctx.rules;
  return {
    ...{ name, role, serverTime: isoTime(ctx.clock.nowMs()) },
    ...{ approvalAbove: approvals, seedLead: seedLeadMs / 1_000 },
    seesCodes: shownCodes(role, codes).codes === 'shown',
  };
});
