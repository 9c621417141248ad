import { figuresCsv } from '../../core/metrics/figures-csv.ts';
import { figuresProm } from '../../core/metrics/figures-prom.ts';
import { showRoundFigures, type RoundFiguresWire } from '../../core/metrics/figures-wire.ts';
import type { RemoteAdmin } from '../api-client.ts';
import { defineCommand } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const metricsExport = defineCommand({
  name: 'metrics export',
  summary: 'Export the figures of sales.',
  details:
    'For one event, or for all: stock, issued, refused by reason, in MySQL and on the way, lag, opening error, time to the sell-out, claims over time, and how long decisions took. The figures are kept in MySQL, so a restart loses nothing, but an API process that is killed loses what it counted in its last 2 s. Only the JSON has claims over time.',
  examples: [
    { says: 'One sale, with claims over time', line: 'metrics export --event EVENT' },
    { says: 'All sales, a line each', line: 'metrics export --format csv' },
    { says: 'For Prometheus’s node exporter, as a text file', line: 'metrics export --format prom' },
  ],
  args: {
    event: { type: 'string', value: 'event', summary: 'Only this event' },
    round: { type: 'integer', value: 'number', summary: 'Its round (default: the current one)' },
    format: {
      type: 'string',
      value: 'format',
      summary: 'json (default), csv or prom',
      choices: ['json', 'csv', 'prom'],
    },
  },
  async handler({ event: eventId, round, format = 'json' }, { api, io, out }) {
    if (round !== undefined && eventId === undefined) throw new UsageError('--round needs --event.');
    const { admin } = await api();
    const figures = await allFigures(admin, { eventId, round });
    const asked = out.reader === 'program' ? 'json' : format;
    switch (asked) {
      case 'json':
        io.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
        return;
      case 'csv':
        io.stdout.write(figuresCsv(figures));
        return;
      case 'prom':
        io.stdout.write(figuresProm(figures));
    }
  },
});

const pageMax = 20;

async function allFigures(
  admin: RemoteAdmin,
  wanted: { eventId: string | undefined; round: number | undefined },
): Promise<RoundFiguresWire[]> {
  const figures: RoundFiguresWire[] = [];
  let cursor: string | undefined;
  do {
    const page = await admin.exportMetrics({ ...wanted, cursor, limit: pageMax });
    figures.push(...page.rounds.map(showRoundFigures));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return figures;
}
