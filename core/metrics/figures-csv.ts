import { csvRow } from '../runtime/csv.ts';
import { tallyOutcomes, type TallyOutcome } from '../tally/claim-tally.ts';
import { noDurations, quantileMs, sumDurations, type Durations } from '../tally/durations.ts';
import type { RoundFiguresWire } from './figures-wire.ts';

const groups = {
  accepted: ['issued', 'replayed'],
  refused: ['sold_out', 'not_open', 'paused', 'closed'],
} as const satisfies Record<string, readonly TallyOutcome[]>;

const header = [
  ...['event_id', 'name', 'strategy', 'round', 'stock', 'opens_at', 'issued', 'persisted', 'outbox', 'set_aside'],
  ...['opening_error_s', 'sellout_s', 'outbox_age_s', 'persistence_p50_s', 'persistence_p99_s', 'persistence_max_s'],
  ...tallyOutcomes.map((outcome) => `answers_${outcome}`),
  ...Object.keys(groups).flatMap((group) => [`${group}_p50_s`, `${group}_p90_s`, `${group}_p99_s`, `${group}_max_s`]),
];

/**
 * One line per round; unknown values are empty. The console also runs this in a browser, so it must not need a store.
 */
export const figuresCsv = (rounds: readonly RoundFiguresWire[]): string =>
  [header, ...rounds.map(cellsOf)].map((cells) => csvRow(cells)).join('');

function cellsOf(round: RoundFiguresWire): (string | number | null)[] {
  const { persistence } = round;
  const answers = new Map(
    round.answers.map(({ outcome, count, sum, max, buckets }): [TallyOutcome, Durations] => [
      outcome,
      { count, sumMs: sum * 1_000, maxMs: max * 1_000, buckets },
    ]),
  );
  return [
    ...[round.eventId, round.name, round.strategy, round.round, round.stock, round.opensAt],
    ...[round.issued, round.persisted, round.outbox, round.setAside],
    ...[round.openingError, round.sellout, round.outboxAge],
    ...[persistence?.p50 ?? null, persistence?.p99 ?? null, persistence?.max ?? null],
    ...tallyOutcomes.map((outcome) => answers.get(outcome)?.count ?? 0),
    ...Object.values(groups).flatMap((outcomes) => {
      const all = outcomes.reduce<Durations>(
        (sum, outcome) => sumDurations(sum, answers.get(outcome) ?? noDurations()),
        noDurations(),
      );
      const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1_000) / 1e6);
      return [...[0.5, 0.9, 0.99].map((q) => seconds(quantileMs(all, q))), all.count === 0 ? null : seconds(all.maxMs)];
    }),
  ];
}
