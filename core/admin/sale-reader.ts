import { findEvent, findRound, type EventRow } from '../events/event-rows.ts';
import { noEvent } from '../events/no-event.ts';
import { say } from '../messages/message.ts';
import { readSaleTimeline, type SaleTimeline } from '../metrics/sale-timeline.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import { asUnavailable, Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { checkRoundAsked } from './check-input.ts';

/** Which round's sale to read: by default the event's current round. */
export type SaleQuery = { eventId: string; round?: number | undefined };

/** Reads the course of one sale, while it runs and afterwards. */
export interface SaleReader {
  /** The result may be 0.2 s old. Faults: `not_found`, `bad_request`, `unavailable`. */
  readSale(query: SaleQuery): Promise<SaleTimeline>;
}

/** All consoles that watch a sale share one read, and still see changes within a second. */
const holdMs = holdAnswers(200);

export function createSaleReader(stores: Stores): SaleReader {
  const read = rememberBriefly(
    async (key) => {
      const { eventId, round } = JSON.parse(key) as SaleQuery;
      try {
        return await readSaleTimeline(stores, await mustFindRound(stores, { eventId, round }));
      } catch (err) {
        throw asUnavailable(err, say('figures_unreachable'));
      }
    },
    { holdMs, keysMax: 1_000 },
  );
  return {
    readSale: ({ eventId, round }) => {
      checkRoundAsked({ eventId, round });
      return read(JSON.stringify({ eventId, round }));
    },
  };
}

/** The event with one of its rounds. Throws `not_found`. */
export async function mustFindRound({ db }: Stores, { eventId, round }: SaleQuery): Promise<EventRow> {
  const event = round === undefined ? await findEvent(db, eventId) : await findRound(db, eventId, round);
  if (event !== null) return event;
  throw round === undefined ? noEvent(eventId) : new Fault('not_found', say('no_round', { eventId, round }));
}
