import { badFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import type { Fault } from '../runtime/fault.ts';

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
  const soldOut = to <= issued ? ', so nobody else would get a coupon' : '';
  const message =
    'must be the name of the event, because it is open: ' +
    `this would cut its stock from ${from} to ${to}, with ${issued} issued already${soldOut}`;
  return badFields([{ path: ['confirm'], message }]);
}

/** Throws `bad_request` if the typed name is not the event's. */
export function refuseOtherName({ name }: EventRow, confirm: string | undefined): void {
  if (confirm === undefined || confirm === name) return;
  throw badFields([{ path: ['confirm'], message: 'is not the name of the event' }]);
}
