import { whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { showClaimRestored } from '../show-claim.ts';
import { evidenceArgs, evidenceOf } from './evidence-args.ts';

export const claimsRestore = defineCommand({
  name: 'claims restore',
  summary: 'Give a claim back to a user who can prove it.',
  details:
    'For a genuine claim that a store has lost (`claims verify` says so), when nobody else has its serial: it goes to MySQL and, where the round is in Redis, among the winners. Doing it twice changes nothing. A code proves no time, so the time noted is that of the claim before it, where no store has its own. Ends with 0 when the user has the claim, and with 1 when not.',
  examples: [
    {
      says: 'Kim shows what no store has any more',
      line: 'claims restore EVENT --user kim --serial 37 --code W45C-J29D-N8GV-9WM9',
    },
  ],
  args: evidenceArgs,
  async handler(values, context) {
    const why = whyOf(values);
    const { admin } = await context.api();
    const restored = await admin.restoreClaim(evidenceOf(values), why);
    context.out.show(showClaimRestored(restored));
    return restored.held ? exitCodes.done : exitCodes.fault;
  },
});
