import { whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { showClaimRestored } from '../show-claim.ts';
import { evidenceArgs, evidenceOf } from './evidence-args.ts';

export const claimsRestore = defineCommand({
  name: 'claims restore',
  summary: 'Give a claim back to a user who can prove it.',
  details:
    'Restores a claim that a store has lost, if it is genuine (check with `claims verify`) and nobody else has its serial. The claim goes into MySQL and, if the round is in Redis, into its winners. Restoring twice changes nothing. A code does not prove a time. If no store has the time of the claim, the claim gets the time of the claim before it. Exit codes: 0 if the user has the claim, 1 if not.',
  examples: [
    {
      says: 'Kim shows a claim that no store has anymore',
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
