import type { ClaimQuery } from '../../core/admin/claim-queries.ts';
import { eventArg, requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { roundArg } from '../round-arg.ts';
import { showClaimHistory } from '../show-claim.ts';
import { UsageError } from '../usage-error.ts';

export const claimsShow = defineCommand({
  name: 'claims show',
  summary: 'Show what became of one claim, in both stores.',
  details:
    'For "I clicked, where is my coupon?": by the user, the serial or the code of the claim. It shows what Redis and MySQL have, and never reports a claim as missing because a store did not answer. Viewers see the code masked (`W45C-****-****-****`). The audit trail records each look.',
  examples: [
    { says: 'What a user has', line: 'claims show EVENT --user kim' },
    { says: 'Whose serial that is', line: 'claims show EVENT --serial 37' },
    { says: 'Whose code that is, however it was typed', line: 'claims show EVENT --code w45c-j29d-n8gv-9wm9' },
  ],
  args: {
    event: eventArg,
    user: { type: 'string', value: 'id', summary: 'The user whose claim it is' },
    serial: { type: 'integer', value: 'number', summary: 'The serial of the claim' },
    code: { type: 'string', value: 'code', summary: 'The code of the coupon' },
    round: roundArg,
    reason: requestArgs.reason,
  },
  async handler(values, context) {
    const query = queryOf(values);
    const why = whyOf(values);
    const { admin } = await context.api();
    const story = await admin.showClaim(query, why);
    context.out.show(showClaimHistory(story, context.io.timeZone));
    return story.state === 'unknown' ? exitCodes.fault : exitCodes.done;
  },
});

function queryOf(values: {
  event: string;
  user: string | undefined;
  serial: number | undefined;
  code: string | undefined;
  round: number | undefined;
}): ClaimQuery {
  const { event: eventId, user, serial, code, round } = values;
  const given = [user, serial, code].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageError('Say which claim: one of --user, --serial and --code.');
  if (user !== undefined) return { eventId, round, userId: user };
  if (serial !== undefined) return { eventId, round, serial };
  return { eventId, round, code: code ?? '' };
}
