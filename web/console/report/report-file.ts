import { csvRow } from '../../../core/runtime/csv.ts';
import type { AdminEvent, Outputs } from '../shell/session.ts';
import type { Sale } from '../sale/use-sale.ts';

export type RoundFigures = Outputs['admin']['metrics']['export']['rounds'][number];

/** A report's data. */
export type Report = { event: AdminEvent; sale: Sale; figures: RoundFigures };

/** The report as JSON: the event, how its sale went, and the figures that `metrics.export` returns. */
export function reportJson({ event, sale, figures }: Report): string {
  const { id, name, amount, currency } = event;
  return `${JSON.stringify({ event: { id, name, amount, currency }, sale, figures }, null, 2)}\n`;
}

/** The report as CSV: one figure per line, then the number of calls by answer, then the number of coupons by time. */
export function reportCsv({ event, sale, figures }: Report): string {
  const { peak, whole } = sale;
  const rows: (string | number | null)[][] = [
    ['section', 'name', 'value'],
    ...Object.entries({
      event_id: event.id,
      name: event.name,
      round: sale.round,
      amount: event.amount,
      currency: event.currency,
      stock: sale.stock,
      issued: sale.issued,
      stored: sale.persisted,
      opens_at: sale.opensAt,
      first_claim_at: sale.firstClaimedAt,
      sold_out_at: sale.soldOutAt,
      closed_at: sale.closedAt,
      stored_at: sale.storedAt,
      opening_error_s: sale.openingError,
      peak_per_second: peak === null ? null : Math.round(peak.claims / peak.width),
      peak_at: peak?.at ?? null,
      stored_within_p50_s: figures.persistence?.p50 ?? null,
      stored_within_max_s: figures.persistence?.max ?? null,
    }).map(([name, value]) => ['figure', name, value]),
    ...sale.pauses.flatMap(({ from, to }) => [
      ['pause', 'from', from],
      ['pause', 'to', to],
    ]),
    ...sale.answers.map(({ outcome, count }) => ['calls', outcome, count]),
    ...(whole?.counts ?? []).map((count, at) => [
      'coupons',
      new Date(Date.parse(whole?.from ?? '') + at * (whole?.width ?? 0) * 1_000).toISOString(),
      count,
    ]),
  ];
  return rows.map((cells) => csvRow(cells)).join('');
}
