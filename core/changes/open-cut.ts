import { badFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { say } from '../messages/message.ts';
import type { Fault, FaultIssue } from '../runtime/fault.ts';

/** A stock that is lowered, and how many coupons of it are issued. */
type StockCut = { from: number; to: number; issued: number };

/**
 * The stock that a change lowers without the event's name as confirmation; null if it lowers none, or has the name. Such a
 * change may happen before the event opens, but not while it is open: one wrong digit would end the sale.
 */
export const unconfirmedCutFrom = (before: EventRow, after: EventRow, confirm: string | undefined): number | null =>
  confirm === undefined && after.roundRow.stock < before.roundRow.stock ? before.roundRow.stock : null;

/**
 * Throws `bad_request` for an unconfirmed cut of an event that is open, paused or sold out. For events without a gate: a
 * gate judges by its own clock, in the step in which it takes the change (`configure-gate.lua`).
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

/** The fault of an unconfirmed cut: it says what the change would have done. */
export function openCut({ from, to, issued }: StockCut): Fault {
  return badFields([{ path: ['confirm'], ...say('open_cut', { from, to, issued }) }]);
}

/** What is wrong with a typed name that is not the event's. */
export function nameIssues({ name }: EventRow, confirm: string | undefined): FaultIssue[] {
  return confirm === undefined || confirm === name ? [] : [{ path: ['confirm'], ...say('other_event_name') }];
}
