import { say } from '../../messages/message.ts';
import type { StrategyName } from '../../events/event.ts';
import { attributeNames, spanNames } from '../../tracing/names.ts';
import { shared, spansOf } from '../../tracing/span.ts';
import { asUnavailable } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import { createClaimQueue, type ClaimQueue, type Waiting } from '../gated/claim-queue.ts';
import type { GateSession } from '../gated/gate-sessions.ts';
import { settleUnits, unitsPerCallMax, type SettleResult, type StoredUnit } from './unit-scripts.ts';

/** Turns a claim that MySQL has into a winner. Throws `unavailable` if Redis does not answer. */
export type UnitSettler = (session: GateSession, row: StoredUnit) => Promise<SettleResult>;

/** Settles the units of one event, many per call. */
export function createUnitSettler(
  { redis, log }: Pick<Stores, 'redis' | 'log'>,
  { eventId, strategy }: { eventId: string; strategy: StrategyName },
): UnitSettler {
  let settling: { round: number; queue: ClaimQueue<StoredUnit, SettleResult> } | undefined;

  return (session, row) => {
    if (settling?.round !== session.round) {
      const queue = createClaimQueue<StoredUnit, SettleResult>(unitsPerCallMax, (batch) =>
        shared(
          spansOf(batch),
          spanNames.settle,
          () => ({ attributes: { [attributeNames.eventId]: eventId, [attributeNames.claims]: batch.length } }),
          () => settleBatch(session, batch),
        ),
      );
      settling = { round: session.round, queue };
    }
    return settling.queue.push(row);
  };

  async function settleBatch(
    { keys, round }: GateSession,
    batch: readonly Waiting<StoredUnit, SettleResult>[],
  ): Promise<null> {
    try {
      const rows = batch.map(({ item }) => item);
      const settled = await settleUnits(redis.of(eventId).client, keys, { round, strategy }, rows);
      if (settled.kind !== 'settled') throw new Error(`The gate can't settle claims: ${settled.kind}.`);
      batch.forEach(({ item, resolve }, i) => {
        const result = settled.results[i] ?? 'contradicts';
        if (result === 'contradicts') {
          log.error(
            { event: 'unit_contradicts', eventId, serial: item.serial },
            'Redis and MySQL have different claims',
          );
        }
        resolve(result);
      });
    } catch (err) {
      const fault = asUnavailable(err, say('stored_not_recorded'));
      for (const { reject } of batch) reject(fault);
    }
    return null;
  }
}
