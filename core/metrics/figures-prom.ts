import { durationBoundsMs } from '../tally/durations.ts';
import type { RoundFiguresWire } from './figures-wire.ts';

type Sample = { suffix?: string; labels?: Record<string, string>; value: number | null };
type Metric = {
  name: string;
  type: 'gauge' | 'histogram';
  help: string;
  read: (round: RoundFiguresWire) => Sample[];
};

const one = (value: number | null): Sample[] => [{ value }];

const metrics: readonly Metric[] = [
  { name: 'stock_claims', type: 'gauge', help: 'Coupons of the round', read: ({ stock }) => one(stock) },
  { name: 'issued_claims', type: 'gauge', help: 'Claims that were accepted', read: ({ issued }) => one(issued) },
  { name: 'persisted_claims', type: 'gauge', help: 'Claims in MySQL', read: ({ persisted }) => one(persisted) },
  { name: 'outbox_claims', type: 'gauge', help: 'Claims on their way to MySQL', read: ({ outbox }) => one(outbox) },
  {
    name: 'set_aside_claims',
    type: 'gauge',
    help: 'Claims that MySQL could not store',
    read: (round) => one(round.setAside),
  },
  {
    name: 'outbox_age_seconds',
    type: 'gauge',
    help: 'Age of the oldest claim on its way to MySQL',
    read: ({ outbox, outboxAge }) => one(outbox === null ? null : (outboxAge ?? 0)),
  },
  {
    name: 'opening_error_seconds',
    type: 'gauge',
    help: 'From the opening to the first claim',
    read: ({ openingError }) => one(openingError),
  },
  {
    name: 'sellout_seconds',
    type: 'gauge',
    help: 'From the opening to the last claim of a round that is sold out',
    read: ({ sellout }) => one(sellout),
  },
  {
    name: 'persistence_seconds',
    type: 'gauge',
    help: 'From a claim’s decision until it was in MySQL, by quantile',
    read: ({ persistence }) =>
      persistence === null
        ? []
        : [
            { labels: { quantile: '0.5' }, value: persistence.p50 },
            { labels: { quantile: '0.99' }, value: persistence.p99 },
            { labels: { quantile: '1' }, value: persistence.max },
          ],
  },
  {
    name: 'claim_duration_seconds',
    type: 'histogram',
    help: 'How long deciding a claim took, by outcome',
    read: ({ answers }) =>
      answers.flatMap(({ outcome, count, sum, buckets }) => {
        let total = 0;
        const bounds = [...durationBoundsMs.map((ms) => String(ms / 1_000)), '+Inf'];
        return [
          ...bounds.map((le, at): Sample => {
            total += buckets[at] ?? 0;
            return { suffix: '_bucket', labels: { outcome, le }, value: total };
          }),
          { suffix: '_sum', labels: { outcome }, value: sum },
          { suffix: '_count', labels: { outcome }, value: count },
        ];
      }),
  },
];

/** Writes figures in Prometheus's text format, version 0.0.4. If a value is unknown, writes no sample for it. */
export const figuresProm = (rounds: readonly RoundFiguresWire[]): string =>
  metrics.map((metric) => textOf(metric, rounds)).join('');

function textOf({ name, type, help, read }: Metric, rounds: readonly RoundFiguresWire[]): string {
  const full = `firstcome_round_${name}`;
  const lines = rounds.flatMap((round) => {
    const { eventId, strategy } = round;
    const common = { event: eventId, round: String(round.round), strategy };
    return read(round).flatMap(({ suffix = '', labels = {}, value }) =>
      value === null ? [] : [`${full}${suffix}{${formatLabels({ ...common, ...labels })}} ${value}\n`],
    );
  });
  return lines.length === 0 ? '' : `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

const formatLabels = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`)
    .join(',');
