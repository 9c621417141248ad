import { say } from '../messages/message.ts';
import { engineOf } from '../engines/engines.ts';
import { mustFind } from '../events/must-find.ts';
import type { SeedReply } from '../gate/gate-scripts.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

/** Until an event is seeded, its strategy may change between two look-ups. A call makes at most this many look-ups. */
const attemptsMax = 4;

/**
 * Prepares a round for its first claim. Safe to run twice and by many processes at once. `late` and `leftover` mean
 * that the round had a gate earlier, and that this gate is lost.
 */
export async function seedRound(stores: Stores, eventId: string, round: number): Promise<SeedReply> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { strategy } = await mustFind(stores, eventId);
    const reply = await engineOf(strategy).seed(stores, eventId, round);
    if (reply !== 'elsewhere') return reply;
  }
  throw new Fault('unavailable', say('strategy_changing_seed', { eventId }));
}
