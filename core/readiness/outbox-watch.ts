import type { RoundStatus, WaitingClaims } from '../engines/engine.ts';
import { outboxState } from '../engines/stream/outbox.ts';
import { within } from '../runtime/within.ts';
import type { Stores } from '../stores/stores.ts';

/** How long to wait for MySQL. If MySQL hangs, there is still time to ask Redis before a metrics scrape times out. */
const statusLimitMs = 250;

/**
 * The outboxes of all live rounds. MySQL knows which rounds are live. While MySQL is down, looks in Redis at the rounds
 * that were live when MySQL last answered, so that a growing outbox's age stays visible. Throws if Redis does not
 * answer, or if MySQL has never answered this process.
 */
export function createOutboxWatch(
  { redis }: Pick<Stores, 'redis'>,
  rounds: () => Promise<RoundStatus[]>,
): () => Promise<WaitingClaims[]> {
  let live: readonly RoundStatus[] | undefined;

  return async () => {
    const statuses = await within(statusLimitMs, rounds(), () => null).catch(() => null);
    if (statuses !== null) {
      live = statuses;
      return statuses.map(({ outbox }) => outbox);
    }
    if (live === undefined) throw new Error('which rounds are live is unknown: MySQL has not answered yet');
    return Promise.all(
      live.map(({ event, gate }) => {
        const { eventId, round, reserved } = event.roundRow;
        return outboxState(redis.of(eventId).client, eventId, round, gate?.reserved ?? reserved);
      }),
    );
  };
}
