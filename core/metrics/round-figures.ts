import { countOpenFaults } from '../claims/claim-faults.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { type StrategyName } from '../events/event.ts';
import type { Stores } from '../stores/stores.ts';
import type { TallyOutcome } from '../tally/claim-tally.ts';
import { quantileMs, type Durations } from '../tally/durations.ts';
import { readTallies } from '../tally/tally-rows.ts';
import { gateOf } from '../views/public-events.ts';
import { storedFigures, type StoredFigures } from './stored-figures.ts';

/** How many claim calls had one outcome, and how long deciding them took. */
export type AnswerFigures = Durations & { outcome: TallyOutcome; p50Ms: number; p90Ms: number; p99Ms: number };

/** All figures of one round. They come from the stores, so they survive restarts of the processes. */
export type RoundFigures = Omit<StoredFigures, 'firstClaimedAtMs' | 'lastClaimedAtMs'> & {
  eventId: string;
  name: string;
  strategy: StrategyName;
  round: number;
  stock: number;
  opensAtMs: number;
  /** Accepted claims, counted by the gate or, if there is no gate, by MySQL. */
  issued: number;
  /** Null if Redis does not answer. */
  outbox: number | null;
  /** The age of the oldest claim that is not in MySQL. Null if MySQL has all claims, or if Redis does not answer. */
  outboxAgeMs: number | null;
  /** Claims that MySQL could not store and that nobody has settled. Null only if the figures come from an older API. */
  setAside: number | null;
  /** The time from the opening to the first claim. Null before the first claim. */
  openingErrorMs: number | null;
  /** The time from the opening to the last claim. Null until the round is sold out. */
  selloutMs: number | null;
  answers: AnswerFigures[];
};

/** The figures of the round in `event.roundRow`. Throws if MySQL does not answer. */
export async function roundFigures(stores: Stores, event: EventRow): Promise<RoundFigures> {
  const { db, clock } = stores;
  const { eventId, roundRow, strategy, name } = event;
  const { round, stock, opensAtMs } = roundRow;
  const isCurrent = event.currentRound === round;
  const gate = isCurrent ? await gateOf(stores, event) : null;
  const [stored, tallies, setAside, waiting] = await Promise.all([
    storedFigures(db, eventId, round),
    readTallies(db, eventId, round),
    countOpenFaults(db, eventId, round),
    waitingNow(),
  ]);
  const { firstClaimedAtMs, lastClaimedAtMs, ...figures } = stored;
  // The gate's counter, minus the serials without a claim, which are lost or reserved.
  const issued = gate === null ? stored.persisted : gate.issued - gate.vacant;
  // The gate's times take precedence, because Redis knows the first and the last claim before MySQL does.
  const firstAtMs = gate?.firstAtMs ?? firstClaimedAtMs;
  const soldOutAtMs = gate?.soldOutAtMs ?? (stored.persisted >= stock ? lastClaimedAtMs : null);
  return {
    ...{ eventId, name, strategy, round, stock, opensAtMs, issued, setAside },
    ...waiting,
    openingErrorMs: firstAtMs === null ? null : firstAtMs - opensAtMs,
    selloutMs: soldOutAtMs === null ? null : soldOutAtMs - opensAtMs,
    answers: [...tallies].map(([outcome, durations]) => ({
      ...durations,
      outcome,
      p50Ms: quantileMs(durations, 0.5) ?? 0,
      p90Ms: quantileMs(durations, 0.9) ?? 0,
      p99Ms: quantileMs(durations, 0.99) ?? 0,
    })),
    ...figures,
  };

  async function waitingNow(): Promise<Pick<RoundFigures, 'outbox' | 'outboxAgeMs'>> {
    try {
      const { claims, oldestAtMs } = await engineOf(strategy).waiting(stores, event);
      const outboxAgeMs = oldestAtMs === null ? null : Math.max(0, clock.nowMs() - oldestAtMs);
      return { outbox: claims, outboxAgeMs };
    } catch {
      return { outbox: null, outboxAgeMs: null };
    }
  }
}
