import type { Outputs } from './session.ts';

type Claim = Outputs['admin']['claim']['export']['claims'][number];
type Round = Outputs['admin']['metrics']['export']['rounds'][number];
type Cell = string | number | null;

/** As in core/csv.ts, which the pages can't import. */
const formulaBegins = /(?:^|[;\t\r\n])(?=[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/gu;

/** As the CLI writes it: RFC 4180, and no text that a spreadsheet would take for a formula. */
export const csvRow = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = cell.replace(formulaBegins, `$&'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const claimColumns = ['event_id', 'round', 'serial', 'user_id', 'code', 'claimed_at', 'persisted_at'] as const;

export const claimCells = (claim: Claim): Cell[] => [
  ...[claim.eventId, claim.round, claim.serial, claim.userId, claim.code, claim.claimedAt, claim.persistedAt],
];

const figures = {
  stock: (round) => round.stock,
  issued: (round) => round.issued,
  persisted: (round) => round.persisted,
  outbox: (round) => round.outbox,
  set_aside: (round) => round.setAside,
  outbox_age_seconds: (round) => round.outboxAge,
  opening_error_seconds: (round) => round.openingError,
  sellout_seconds: (round) => round.sellout,
} satisfies Record<string, (round: Round) => number | null>;
const outcomes = [
  ...['issued', 'replayed', 'sold_out', 'not_open', 'paused', 'closed'],
  ...['busy', 'unavailable', 'gate_lost', 'overloaded', 'error'],
];
const answersOf = (round: Round, outcome: string): number =>
  round.answers.find((answer) => answer.outcome === outcome)?.count ?? 0;

export function figuresCsv(rounds: readonly Round[]): string {
  const head = [
    ...['event_id', 'name', 'strategy', 'round', 'opens_at'],
    ...[...Object.keys(figures), ...outcomes.map((outcome) => `answers_${outcome}`)],
  ];
  const rows = rounds.map((round) => [
    ...[round.eventId, round.name, round.strategy, round.round, round.opensAt],
    ...Object.values(figures).map((read) => read(round)),
    ...outcomes.map((outcome) => answersOf(round, outcome)),
  ]);
  return [head, ...rows].map(csvRow).join('');
}

/** Prometheus's text format. Durations by bucket are in the CLI's export and in the JSON. */
export function figuresProm(rounds: readonly Round[]): string {
  const labels = ({ eventId, round, strategy }: Round): string =>
    `event="${eventId}",round="${round}",strategy="${strategy}"`;
  const gauges = Object.entries(figures).map(([name, read]) => {
    const metric = `firstcome_round_${name.includes('seconds') ? name : `${name}_claims`}`;
    const lines = rounds.flatMap((round) => {
      const value = read(round);
      return value === null ? [] : [`${metric}{${labels(round)}} ${value}\n`];
    });
    return lines.length === 0 ? '' : `# TYPE ${metric} gauge\n${lines.join('')}`;
  });
  const answers = rounds.flatMap((round) =>
    round.answers.map(
      ({ outcome, count }) => `firstcome_round_answers{${labels(round)},outcome="${outcome}"} ${count}\n`,
    ),
  );
  return `${gauges.join('')}${answers.length === 0 ? '' : `# TYPE firstcome_round_answers gauge\n${answers.join('')}`}`;
}
