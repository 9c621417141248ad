import type { ClaimEvidence } from '../../core/admin/claim-queries.ts';
import { eventArg, requestArgs } from '../change-args.ts';

export const evidenceArgs = {
  event: eventArg,
  user: { type: 'string', value: 'id', summary: 'The user who shows the claim', required: true },
  serial: { type: 'integer', value: 'number', summary: 'The serial that the user shows', required: true },
  code: { type: 'string', value: 'code', summary: 'The code that the user shows', required: true },
  round: { type: 'integer', value: 'number', summary: 'The round (default: try every round)' },
  reason: requestArgs.reason,
} as const;

export const evidenceOf = (values: {
  event: string;
  user: string;
  serial: number;
  code: string;
  round: number | undefined;
}): ClaimEvidence => {
  const { event: eventId, user: userId, serial, code, round } = values;
  return { eventId, userId, serial, code, round };
};
