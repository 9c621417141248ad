import type { ClaimQuery } from '../../core/admin/claim-queries.ts';
import { eventArg, requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { roundArg } from '../round-arg.ts';
import { showClaimHistory } from '../show-claim.ts';
import { UsageError } from '../usage-error.ts';

export const claimsShow = defineCommand({
  name: 'claims show',
  summary: 'Show what happened to one claim, in both stores.',
  details:
    'For "I clicked, where is my coupon?". Finds the claim by its user, serial or code. It shows what Redis and MySQL have, and never reports a claim as missing because a store did not answer. Viewers see the code masked (`W45C-****-****-****`). The audit trail records each use of this command.',
  examples: [
    { says: 'What a user has', line: 'claims show EVENT --user kim' },
    { says: 'Who has a serial', line: 'claims show EVENT --serial 37' },
    { says: 'Who has a code, however it was typed', line: 'claims show EVENT --code w45c-j29d-n8gv-9wm9' },
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
    const history = await admin.showClaim(query, why);
    context.out.show(showClaimHistory(history, context.io.timeZone));
    return history.state === 'unknown' ? exitCodes.fault : exitCodes.done;
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
  if (given.length !== 1) throw new UsageError('Identify the claim with one of --user, --serial and --code.');
  if (user !== undefined) return { eventId, round, userId: user };
  if (serial !== undefined) return { eventId, round, serial };
  return { eventId, round, code: code ?? '' };
}
