import type { EventView } from './event.ts';
import type { EventRow } from './mysql/event-rows.ts';
import type { Gate } from './redis/gate.ts';
import { eventInfo } from './sync-gate.ts';

/** An event as its gate knows it. */
export function gateView(eventId: string, gate: Gate): EventView {
  const { round, version, stock, opensAtMs, closesAtMs, paused, closed, strategy, issued, soldOutAtMs } = gate;
  return {
    ...gate.info,
    eventId,
    ...{ round, version, stock, opensAtMs, closesAtMs, paused, closed, strategy, issued, soldOutAtMs },
  };
}

/** An event as its row knows it; `issued` must be counted elsewhere. */
export function rowView(event: EventRow, issued: number): EventView {
  const { stock, opensAtMs, closesAtMs, paused, closedAtMs, soldOutAtMs } = event.roundRow;
  return {
    ...eventInfo(event),
    eventId: event.eventId,
    ...{ stock, opensAtMs, closesAtMs, paused, issued, soldOutAtMs },
    strategy: event.strategy,
    round: event.currentRound,
    version: event.version,
    closed: closedAtMs !== null,
  };
}
