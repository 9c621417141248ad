import { decidingStore, type EventView } from './event.ts';
import type { EventRow } from './mysql/event-rows.ts';
import type { Gate } from './redis/gate.ts';
import { reservedTo } from './reserved-serials.ts';
import { eventInfo } from './sync-gate.ts';

/** An event as its gate knows it. */
export function gateView(eventId: string, gate: Gate): EventView {
  const { round, version, stock, heldOpensAtMs, closesAtMs, paused, closed, strategy, issued, soldOutAtMs } = gate;
  const { opensAtMs } = gate;
  return {
    ...gate.info,
    eventId,
    ...{ round, version, stock, closesAtMs, paused, closed, strategy, issued, soldOutAtMs },
    ...{ opensAtMs: heldOpensAtMs ?? opensAtMs, needsApproval: heldOpensAtMs !== null },
  };
}

/**
 * An event as its rows know it: `newest` is the claim with the highest serial, which tells how many were issued. What is kept
 * above it counts as issued too, as in a gate.
 */
export function rowView(event: EventRow, newest: { serial: number; claimedAtMs: number } | null): EventView {
  const { stock, opensAtMs, closesAtMs, paused, closedAtMs, needsApproval } = event.roundRow;
  const issued = Math.max(newest?.serial ?? 0, reservedTo(event.roundRow.reserved));
  // Only a gate sells out into the row; where MySQL decides, the claim that took the last of the stock says when it did.
  const lastAtMs = newest !== null && issued >= stock ? newest.claimedAtMs : null;
  const soldOutAtMs = decidingStore(event.strategy) === 'mysql' ? lastAtMs : event.roundRow.soldOutAtMs;
  return {
    ...eventInfo(event),
    eventId: event.eventId,
    ...{ stock, opensAtMs, closesAtMs, paused, issued, soldOutAtMs, needsApproval },
    strategy: event.strategy,
    round: event.currentRound,
    version: event.version,
    closed: closedAtMs !== null,
  };
}
