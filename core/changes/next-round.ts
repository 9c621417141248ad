import { refuseBadFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { earlyEndIssues, openingIssues, windowIssues } from './change-rules.ts';
import type { ResetInput } from './inputs.ts';
import { nameIssues } from './open-cut.ts';

/** The settings of the round that a reset begins. */
export type NextRound = {
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
};

/**
 * The round that follows an event's current round. The next round has the current round's settings, except those in the
 * input. The new round is never closed. The next round is paused unless the input sets an opening time in the future,
 * so that a reset alone never sells anything. Throws `bad_request` if `confirm` is not the event's name, or if the
 * times are impossible.
 */
export function nextRound(event: EventRow, input: ResetInput, nowMs: number): NextRound {
  const { roundRow } = event;
  const { stock = roundRow.stock, opensAtMs = roundRow.opensAtMs, closesAtMs = roundRow.closesAtMs } = input;
  const asked = { opensAtMs: input.opensAtMs, closesAtMs: input.closesAtMs };
  refuseBadFields([
    ...nameIssues(event, input.confirm),
    ...(input.opensAtMs === undefined ? [] : openingIssues(input.opensAtMs, nowMs)),
    ...windowIssues(opensAtMs, closesAtMs),
    ...earlyEndIssues(asked, { opensAtMs, closesAtMs, validUntilMs: event.validUntilMs }),
  ]);
  return { stock, opensAtMs, closesAtMs, paused: input.opensAtMs === undefined || input.opensAtMs <= nowMs };
}
