import { listEvents } from '../events/event-rows.ts';
import { say } from '../messages/message.ts';
import { roundFigures, type RoundFigures } from '../metrics/round-figures.ts';
import { asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { checkRoundAsked } from './check-input.ts';
import { mustFindRound } from './sale-reader.ts';

/**
 * Which rounds to export: a round of one event (by default the current one) or, without an event, the current rounds of
 * all events, in pages.
 */
export type MetricsQuery = {
  eventId?: string | undefined;
  round?: number | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Exports sales figures from the stores. Unlike metrics, the figures survive restarts of the processes. */
export interface MetricsExport {
  /** Newest events first. Faults: `not_found`, `bad_request`, `unavailable`. */
  exportMetrics(query: MetricsQuery): Promise<{ rounds: RoundFigures[]; nextCursor: string | null }>;
}

export function createMetricsExport(stores: Stores): MetricsExport {
  const { db } = stores;
  return {
    exportMetrics: async ({ eventId, round, cursor, limit }) => {
      checkRoundAsked({ eventId, round });
      try {
        const { events, nextCursor } =
          eventId === undefined
            ? await listEvents(db, { cursor, limit })
            : { events: [await mustFindRound(stores, { eventId, round })], nextCursor: null };
        const rounds: RoundFigures[] = [];
        // Run one export at a time, because each reads all claims of a round, and a sale may be running.
        for (const event of events) rounds.push(await roundFigures(stores, event));
        return { rounds, nextCursor };
      } catch (err) {
        throw asUnavailable(err, say('figures_unreachable'));
      }
    },
  };
}
