import { refuseBadFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { earlyEndIssues, openingIssues, windowIssues } from './change-rules.ts';
import type { ResetInput } from './inputs.ts';
import { nameIssues } from './open-cut.ts';

/** What a reset decides of the round that it begins. */
export type NextRound = {
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
};

/**
 * The round that follows an event's current one: as that was where nothing else is asked for, and paused, unless it gets
 * an opening that lies ahead, so that a reset alone never sells anything. Closed it is not, whatever the one before was.
 * Throws `bad_request` for another name than the event's, and for times that can't be.
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
