import { whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { showClaimProof } from '../show-claim.ts';
import { evidenceArgs, evidenceOf } from './evidence-args.ts';

export const claimsVerify = defineCommand({
  name: 'claims verify',
  summary: 'Check whether a serial and a code were really issued to a user.',
  details:
    'For a user who shows a claim that no store has. A code is computed from the key of its round, the serial and the user, so it can be checked without any store. Without --round, every round of the event is tried. The correct code is never shown. Exit codes: 0 if the claim is genuine, 1 if not.',
  examples: [
    {
      says: 'Is this coupon ours?',
      line: 'claims verify EVENT --user kim --serial 37 --code W45C-J29D-N8GV-9WM9',
    },
  ],
  args: evidenceArgs,
  async handler(values, context) {
    const why = whyOf(values);
    const { admin } = await context.api();
    const proof = await admin.verifyClaim(evidenceOf(values), why);
    context.out.show(showClaimProof(proof));
    return proof.genuine ? exitCodes.done : exitCodes.fault;
  },
});
