import { randomUUID } from 'node:crypto';
import { findEvent } from '../../events/event-rows.ts';
import type { KnownEvents } from '../../events/known-events.ts';
import { isInert, readGate } from '../../gate/gate.ts';
import { triesKeys } from '../../redis/keys.ts';
import { loadScript, unknownReply } from '../../redis/script.ts';
import { holdAnswers, rememberBriefly } from '../../runtime/briefly.ts';
import type { Stores } from '../../stores/stores.ts';
import { attributeNames, spanNames } from '../../tracing/names.ts';
import { shared, spansOf } from '../../tracing/span.ts';
import { createClaimQueue, type Waiting } from '../gated/claim-queue.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';

/** Counts how often users try to claim an event's coupons, across all processes. */
export type EventTries = {
  /**
   * Counts a try. Resolves to 0 if the user had a try left, or if the event sets no limit. Otherwise, the try does not
   * count, and the promise resolves to the ms until the user has another try. Throws if Redis does not count the try.
   */
  count(eventId: string, userId: string): Promise<number>;
};

/**
 * The most tries that one run of the script counts. Each try takes up to 100 look-ups, if the event sets the highest
 * limit.
 */
const batchMax = 128;
const limitsKnownMax = 10_000;
/** How long a process may take to notice a changed limit. */
const holdMs = holdAnswers(1_000);

const countTries = loadScript(new URL('./lua/count-tries.lua', import.meta.url));

type TriesLimit = { max: number; windowMs: number };
type Try = { userId: string; limit: TriesLimit };

/** Sends the tries of each event in batches, one batch at a time, as claims are sent. */
export function createEventTries(
  stores: Pick<Stores, 'db' | 'redis'>,
  events: KnownEvents,
  process: string = randomUUID(),
): EventTries {
  const limitOf = rememberBriefly((eventId: string) => readLimit(stores, events, eventId), {
    holdMs,
    keysMax: limitsKnownMax,
  });
  let batches = 0;

  const countBatch = async (
    eventId: string,
    batch: Waiting<Try, number>[],
  ): Promise<{ unanswered: unknown } | null> => {
    try {
      const link = stores.redis.of(eventId);
      if (link.runId() === undefined) throw new Error('Redis is away.');
      const { tries, counted } = triesKeys(eventId);
      // The last call in the batch knows the newest limit.
      const { max, windowMs } = batch.at(-1)?.item.limit ?? { max: 0, windowMs: 0 };
      batches += 1;
      const args = [max, windowMs, process, batches, ...batch.map(({ item }) => item.userId)];
      const verdicts = await countTries(link.client, [tries, counted], args);
      if (!Array.isArray(verdicts) || verdicts.length !== batch.length) throw unknownReply('count-tries', verdicts);
      batch.forEach(({ resolve }, at) => resolve(Number(verdicts[at])));
      return null;
    } catch (err) {
      for (const { reject } of batch) reject(err);
      return { unanswered: err };
    }
  };
  const push = createQueuePerEvent((eventId) =>
    createClaimQueue<Try, number>(batchMax, (batch) =>
      shared(
        spansOf(batch),
        spanNames.tries,
        () => ({ attributes: { [attributeNames.eventId]: eventId } }),
        () => countBatch(eventId, batch),
      ),
    ),
  );

  return {
    count: async (eventId, userId) => {
      // If neither store can say which limit the event has, the try is not counted. The claim itself then fails, or it
      // needs neither store.
      const limit = await limitOf(eventId).catch(() => null);
      return limit === null ? 0 : push(eventId, { userId, limit });
    },
  };
}

/** Reads the event's limit from its gate, or from MySQL if the gate is missing or nobody has trusted it yet. */
async function readLimit(
  { db, redis }: Pick<Stores, 'db' | 'redis'>,
  events: KnownEvents,
  eventId: string,
): Promise<TriesLimit | null> {
  const gate = await readGate(redis.of(eventId).client, eventId).catch(() => null);
  if (gate !== null && !isInert(gate)) return limitIn(gate.info);
  await events.require(eventId);
  const event = await findEvent(db, eventId);
  return event === null ? null : limitIn(event);
}

const limitIn = ({ triesMax, triesWindowMs }: { triesMax: number | null; triesWindowMs: number | null }) =>
  triesMax === null || triesWindowMs === null ? null : { max: triesMax, windowMs: triesWindowMs };
