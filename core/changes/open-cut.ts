import { badFields } from '../events/bad-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import type { Fault } from '../runtime/fault.ts';

/** A lowered stock, and how many coupons are issued. */
type StockCut = { from: number; to: number; issued: number };

/**
 * The stock before a change that lowers it without confirmation by the event's name; null if the change doesn't lower
 * it, or is confirmed. Such a change is allowed before the event opens, but not while it is open: one wrong digit would
 * end the sale.
 */
export const unconfirmedCutFrom = (before: EventRow, after: EventRow, confirm: string | undefined): number | null =>
  confirm === undefined && after.roundRow.stock < before.roundRow.stock ? before.roundRow.stock : null;

/**
 * Throws `bad_request` for an unconfirmed cut if the event is open, paused or sold out. This is for events without a
 * gate: a gate checks it by its own clock, in the step that makes the change (`configure-gate.lua`).
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
