import { randomUUID } from 'node:crypto';
import { findCurrentRounds } from '../events/event-rows.ts';
import type { Db } from '../mysql/open-db.ts';
import type { Logger } from '../runtime/log.ts';
import type { ClaimTally, TallyOutcome } from './claim-tally.ts';
import { noDurations, sumDurations } from './durations.ts';
import { writeTallies, type TallyRow } from './tally-rows.ts';

/**
 * How often counts are written. If a process is killed, its counts since the last write are lost. A write is one cheap
 * statement.
 */
const everyMs = 2_000;
/**
 * How many rounds' totals are remembered. If a round that was forgotten is counted again, it gets a new row with a
 * different `source`.
 */
const roundsMax = 10_000;

export type TallyKeeper = {
  /** Writes the counts. Throws if MySQL does not answer, and keeps the counts. */
  flush(): Promise<void>;
  /** Writes what is left, if MySQL answers, then stops. */
  stop(): Promise<void>;
};

/**
 * Writes a process's counts to MySQL every 2 s. Goes on counting while MySQL is down. Counts belong to the event's
 * round at the time of writing, so for a few seconds after a reset, the previous round's refusals may count for the new
 * one.
 */
export function keepTallies({ db, tally, log }: { db: Db; tally: ClaimTally; log: Logger }): TallyKeeper {
  let source = randomUUID();
  let totals = new Map<string, TallyRow>();
  /** Totals that have grown since they were last written. */
  const unwritten = new Set<TallyRow>();
  let underWay: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const taken = tally.take();
    if (taken.size === 0 && unwritten.size === 0) return;
    let rounds: ReadonlyMap<string, number>;
    try {
      rounds = await findCurrentRounds(db, [...taken.keys()]);
    } catch (err) {
      for (const [eventId, counted] of taken) tally.putBack(eventId, counted);
      throw err;
    }
    const changed: TallyRow[] = [];
    for (const [eventId, counted] of taken) {
      const round = rounds.get(eventId);
      if (round === undefined) continue;
      for (const [outcome, durations] of counted) changed.push(addTo({ eventId, round, outcome, durations }));
    }
    for (const row of changed) unwritten.add(row);
    await writeTallies(db, source, [...unwritten], Date.now());
    unwritten.clear();
    if (totals.size <= roundsMax) return;
    source = randomUUID();
    totals = new Map();
  };
  function addTo(added: TallyRow): TallyRow {
    const key = keyOf(added);
    const row = totals.get(key) ?? { ...added, durations: noDurations() };
    row.durations = sumDurations(row.durations, added.durations);
    totals.set(key, row);
    return row;
  }

  const flush = (): Promise<void> => {
    underWay = underWay.catch(() => undefined).then(write);
    return underWay;
  };
  const tryFlush = (): void =>
    void flush().catch((err: unknown) => {
      log.debug({ event: 'tallies_not_kept', err }, 'counts could not be written; trying again');
    });
  const timer = setInterval(tryFlush, everyMs).unref();
  return {
    flush,
    stop: async () => {
      clearInterval(timer);
      await flush().catch((err: unknown) => {
        log.warn({ event: 'tallies_lost', err }, 'the counts since the last write are lost: MySQL did not answer');
      });
    },
  };
}

const keyOf = ({ eventId, round, outcome }: { eventId: string; round: number; outcome: TallyOutcome }): string =>
  `${eventId}/${round}/${outcome}`;
