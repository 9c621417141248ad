import { actorOf, eventArg, requestArgs } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { showClaimProof } from '../show-claim.ts';

export const claimsVerify = defineCommand({
  name: 'claims verify',
  summary: 'Say whether a serial and a code were really given to a user.',
  details:
    'For somebody who shows a claim that no store has: a code is computed from the key of its round, the serial and the user, so it proves itself. Without --round every round of the event is tried. Ends with 0 for a genuine one, and with 1 for any other. The right code is never shown.',
  examples: [
    {
      says: 'Is this coupon ours?',
      line: 'claims verify EVENT --user kim --serial 37 --code W45C-J29D-N8GV-9WM9',
    },
  ],
  args: {
    event: eventArg,
    user: { type: 'string', value: 'id', summary: 'The user who shows it', required: true },
    serial: { type: 'integer', value: 'number', summary: 'The serial that they show', required: true },
    code: { type: 'string', value: 'code', summary: 'The code that they show', required: true },
    round: { type: 'integer', value: 'number', summary: 'The round (default: whichever it fits)' },
    actor: requestArgs.actor,
    reason: requestArgs.reason,
  },
  async handler(values, context) {
    const { event: eventId, user: userId, serial, code, round } = values;
    const actor = actorOf(values, context);
    const { admin } = await context.door();
    const proof = await admin.verifyClaim({ eventId, userId, serial, code, round }, actor);
    context.out.show(showClaimProof(proof));
    return proof.genuine ? exitCodes.done : exitCodes.fault;
  },
});
