import { pickInfo, type EventInfo } from '../events/event-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { RoundConfig, StrategyName } from '../events/event.ts';
import type { Gate } from '../gate/gate.ts';
import type { EventReadiness } from '../readiness/event-readiness.ts';

/** An event as clients see it; the counts may lag by a second. */
export type EventView = EventInfo &
  Omit<RoundConfig, 'heldOpensAtMs'> & {
    eventId: string;
    /** Nobody can claim until another admin has approved it. */
    needsApproval: boolean;
    strategy: StrategyName;
    issued: number;
    soldOutAtMs: number | null;
  };

/** An event as admins see it. */
export type AdminEventView = EventView & {
  /** Claims of the current round in MySQL. */
  persisted: number;
  /** Claims of the current round that are accepted and not yet in MySQL; null if Redis can't be asked. */
  outbox: number | null;
  /** When the oldest claim of the outbox was decided; null if none waits, or if Redis can't be asked. */
  outboxSinceMs: number | null;
  /** When the first claim of the current round was decided; null before it, or if that was not recorded. */
  firstClaimedAtMs: number | null;
  /** Who asked for the change that waits for approval. Null if none waits, or if MySQL can't be asked. */
  approvalAskedBy: string | null;
  seeded: boolean;
  /** Redis lost the gate, and the event is stopped until it is repaired; null if unknown. */
  gateLost: boolean | null;
  /** Whether the event is ready for its crowd. Null if it was not checked, as in lists. */
  readiness: EventReadiness | null;
};

/** An event from its gate. */
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

/** An event from its rows. The engine says how many were issued and when it sold out. */
export function rowView(event: EventRow, counts: Pick<EventView, 'issued' | 'soldOutAtMs'>): EventView {
  const { stock, opensAtMs, closesAtMs, paused, closedAtMs, needsApproval } = event.roundRow;
  return {
    ...pickInfo(event),
    eventId: event.eventId,
    ...{ stock, opensAtMs, closesAtMs, paused, needsApproval },
    ...counts,
    strategy: event.strategy,
    round: event.currentRound,
    version: event.version,
    closed: closedAtMs !== null,
  };
}
