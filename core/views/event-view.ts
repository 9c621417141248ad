import { pickInfo, type EventInfo } from '../events/event-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { RoundConfig, StrategyName } from '../events/event.ts';
import type { Gate } from '../gate/gate.ts';
import type { EventReadiness } from '../readiness/event-readiness.ts';

/** An event as clients see it. The counts may be up to a second old. */
export type EventView = EventInfo &
  Omit<RoundConfig, 'heldOpensAtMs'> & {
    eventId: string;
    /** Whether another admin must approve the event before anybody can claim. */
    needsApproval: boolean;
    strategy: StrategyName;
    issued: number;
    soldOutAtMs: number | null;
  };

/** An event as admins see it. */
export type AdminEventView = EventView & {
  /** Claims of the current round in MySQL. */
  persisted: number;
  /** Claims of the current round that are accepted and not yet in MySQL. Null if Redis does not answer. */
  outbox: number | null;
  /** When the oldest claim in the outbox was decided. Null if the outbox is empty, or if Redis does not answer. */
  outboxSinceMs: number | null;
  /**
   * When the first claim of the current round was decided. Null before the first claim, or if its time was not
   * recorded.
   */
  firstClaimedAtMs: number | null;
  /** Who asked for the change that needs approval. Null if no change needs approval, or if MySQL does not answer. */
  approvalAskedBy: string | null;
  seeded: boolean;
  /** Whether Redis lost the gate, so that the event is stopped until it is repaired. Null if unknown. */
  gateLost: boolean | null;
  /** Whether the event is ready for its crowd. Null if this was not checked, as in lists. */
  readiness: EventReadiness | null;
};

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

/** The view from an event's rows. The engine provides `counts`. */
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
