import { badFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { say } from '../messages/message.ts';
import type { Fault, FaultIssue } from '../runtime/fault.ts';

/** A lowered stock, and how many coupons have been issued. */
type StockCut = { from: number; to: number; issued: number };

/**
 * The stock before a change that lowers it without confirmation by the event's name; otherwise null. Such a change is
 * refused while the event is open, because one wrong digit would end the sale.
 */
export const unconfirmedCutFrom = (before: EventRow, after: EventRow, confirm: string | undefined): number | null =>
  confirm === undefined && after.roundRow.stock < before.roundRow.stock ? before.roundRow.stock : null;

/**
 * Throws `bad_request` for an unconfirmed cut if the event is open, paused or sold out. Needed only for events without
 * a gate, because a gate checks this itself, by its own clock, in the step that makes the change.
 */
export function refuseOpenCut(
  before: EventRow,
  after: EventRow,
  confirm: string | undefined,
  { nowMs, issued }: { nowMs: number; issued: number },
): void {
  const from = unconfirmedCutFrom(before, after, confirm);
  if (from === null) return;
  const { roundRow } = before;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued }, nowMs);
  switch (phase) {
    case 'open':
    case 'paused':
    case 'sold_out':
      throw openCut({ from, to: after.roundRow.stock, issued });
    case 'scheduled':
    case 'closed':
      return;
  }
}

/** The fault for an unconfirmed cut, which says what the change would have done. */
export function openCut({ from, to, issued }: StockCut): Fault {
  return badFields([{ path: ['confirm'], ...say('open_cut', { from, to, issued }) }]);
}

/** An issue if the typed name is not the event's name; none if the name is right or absent. */
export function nameIssues({ name }: EventRow, confirm: string | undefined): FaultIssue[] {
  return confirm === undefined || confirm === name ? [] : [{ path: ['confirm'], ...say('other_event_name') }];
}
