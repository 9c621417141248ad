import { shownCodes } from '../../core/access/shown-codes.ts';
import { isoTime } from '../../core/runtime/iso-time.ts';
import { whoamiOutput } from '../../core/wire/whoami-wire.ts';
import { viewerProcedure } from '../base.ts';

/**
 * Returns the caller's identity, the time by the clock that opens events, and the system's rules. Clients make this
 * call first; it needs no store.
 */
export const adminWhoami = viewerProcedure.output(whoamiOutput).query(({ ctx }) => {
  const { name, role } = ctx.actor;
  const { approvals, seedLeadMs, codes } = ctx.rules;
  return {
    ...{ name, role, serverTime: isoTime(ctx.clock.nowMs()) },
    ...{ approvalAbove: approvals, seedLead: seedLeadMs / 1_000 },
    seesCodes: shownCodes(role, codes).codes === 'shown',
  };
});
