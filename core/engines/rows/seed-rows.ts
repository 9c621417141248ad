import type { StrategyName } from '../../events/event.ts';
import type { SeedReply } from '../../gate/gate-scripts.ts';
import type { Stores } from '../../stores/stores.ts';
import { lockToSeed, recordSeeded } from '../lock-to-seed.ts';

/** Records that a round may take claims. Needs no Redis. Safe to run twice. */
export async function seedRows(
  { db, clock }: Pick<Stores, 'db' | 'clock'>,
  { eventId, round, strategy }: { eventId: string; round: number; strategy: StrategyName },
): Promise<SeedReply | 'elsewhere'> {
  return db.$transaction(async (tx) => {
    const event = await lockToSeed(tx, eventId, round);
    if (event.strategy !== strategy) return 'elsewhere';
    if (event.roundRow.seededAtMs !== null) return 'exists';
    await recordSeeded(tx, event, clock.nowMs());
    return 'seeded';
  });
}
