import type { OpenFaults } from '../claims/claim-faults.ts';
import type { RoundStatus } from '../engines/engine.ts';
import { listMindedFaults } from '../engines/engines.ts';
import { roundKeys } from '../redis/keys.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import type { Stores } from '../stores/stores.ts';
import { alarmingFaults } from './alarm.ts';

/** Rounds with open faults. While MySQL is down, `complete` is false, and the list covers only live rounds. */
export type FaultsNow = { rounds: OpenFaults[]; complete: boolean };

/**
 * The claims that MySQL could not store and nobody has settled, in all rounds of all events. Takes one query, shared
 * for 1 s. While MySQL is down, counts Redis's marks in the rounds that were live when MySQL last answered. Throws if
 * neither store answers.
 */
export function createFaultWatch(
  { db, redis }: Pick<Stores, 'db' | 'redis'>,
  rounds: () => Promise<RoundStatus[]>,
): () => Promise<FaultsNow> {
  const listOpen = rememberBriefly(() => listMindedFaults(db), { holdMs: holdAnswers(1_000), keysMax: 1 });
  let live: readonly RoundStatus[] = [];

  return async () => {
    const [open, statuses] = await Promise.allSettled([listOpen('all'), rounds()]);
    if (statuses.status === 'fulfilled') live = statuses.value;
    if (open.status === 'fulfilled') {
      const seen = statuses.status === 'fulfilled' ? statuses.value : [];
      return { rounds: alarmingFaults(open.value, seen), complete: true };
    }
    return { rounds: alarmingFaults([], await countMarks()), complete: false };
  };

  async function countMarks(): Promise<RoundStatus[]> {
    return Promise.all(
      live.map(async (round) => {
        const { eventId, roundRow } = round.event;
        return { ...round, setAside: await redis.of(eventId).client.hlen(roundKeys(eventId, roundRow.round).setAside) };
      }),
    );
  }
}
