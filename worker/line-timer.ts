import type { Line } from '../core/engines/line/line.ts';
import { engineOf } from '../core/engines/engines.ts';
import { listLineRounds } from '../core/events/event-rows.ts';
import { realStrategyNames } from '../core/events/event.ts';
import { seedDueAtMs } from '../core/gate/missing-gate.ts';
import { gateKey } from '../core/redis/keys.ts';
import { failureState } from '../core/runtime/state-changes.ts';
import type { Stores } from '../core/stores/stores.ts';

export type LineTimer = {
  /** Stops after the pass that is in progress. */
  stop(): Promise<void>;
};

/** How often people are called, at least. Calls to `line.status` and `line.serving` call people too. */
const advanceEveryMs = 1_000;
/** How soon a line that somebody turned on is noticed. */
const searchEveryMs = 3_000;

/**
 * Calls people from the waiting lines, so that a line moves even if nobody asks. Every worker does this: the script
 * calls only as many as the stock and the speed allow by Redis's clock, however many processes run it. While MySQL is
 * down, the known lines go on.
 */
export function startLineTimer(stores: Stores, line: Pick<Line, 'advance'>): LineTimer {
  const { log, logged } = stores;
  let events: string[] = [];
  let searchedAtMs = -Infinity;
  let running: Promise<void> | null = null;

  const attempt = async (key: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      logged.clear(key);
    } catch (err) {
      if (!logged.isNew(key, failureState(err))) return;
      log.warn({ event: 'line_stopped', err }, 'people could not be called from a waiting line; trying again');
    }
  };

  const pass = async (): Promise<void> => {
    if (performance.now() - searchedAtMs >= searchEveryMs) {
      searchedAtMs = performance.now();
      await attempt('lines', async () => {
        events = await findLines(stores);
      });
    }
    for (const eventId of events) {
      await attempt(`line ${eventId}`, async () => void (await line.advance(eventId)));
    }
  };
  const tick = (): void => {
    running ??= pass().finally(() => {
      running = null;
    });
  };
  tick();
  const timer = setInterval(tick, advanceEveryMs);

  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

const strategies = realStrategyNames.filter((name) => engineOf(name).takesLine);

/**
 * The events with a line that is open or about to open. A line that was turned off goes on until it is empty, which
 * only its gate says.
 */
async function findLines({ db, redis, clock, seedLeadMs }: Stores): Promise<string[]> {
  const nowMs = clock.nowMs();
  const found = await Promise.all(
    (await listLineRounds(db, strategies, nowMs)).map(async ({ eventId, line, roundRow }) => {
      if (line !== null && line !== 'off') return seedDueAtMs(roundRow, seedLeadMs) <= nowMs ? [eventId] : [];
      const ofGate = await redis.of(eventId).client.hget(gateKey(eventId), 'line');
      return ofGate === null || ofGate === '' ? [] : [eventId];
    }),
  );
  return found.flat();
}
