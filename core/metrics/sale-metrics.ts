import type { ViewMetric } from './metric.ts';
import type { Sale } from './recent-sales.ts';

type SaleMetric = Extract<ViewMetric, { from: 'sales' }>;

/** A metric with one value per event. */
const perEvent = (
  name: SaleMetric['name'],
  help: string,
  read: (sale: Sale, nowMs: number) => number | null,
): SaleMetric => ({
  ...{ name, help, of: ['api'], type: 'gauge', from: 'sales', together: 'max' },
  show: ({ sales, nowMs }) =>
    sales.flatMap((sale) => {
      const value = read(sale, nowMs);
      return value === null ? [] : [{ labels: { event_id: sale.eventId }, value }];
    }),
});

/** The metrics of single events. Only the most recent events have them; `recent-sales.ts` says which ones. */
export const saleMetrics = {
  eventInfo: {
    name: 'firstcome_event_info',
    help: 'Always 1: the name and the strategy of an event, to join with its other metrics. Only the 50 events that open or opened last have metrics of their own',
    of: ['api'],
    type: 'gauge',
    from: 'sales',
    together: 'max',
    show: ({ sales }) =>
      sales.map(({ eventId, name, strategy }) => ({ labels: { event_id: eventId, name, strategy }, value: 1 })),
  },
  eventStock: perEvent('firstcome_event_stock_coupons', 'Coupons that the event has in total', ({ stock }) => stock),
  eventIssued: perEvent(
    'firstcome_event_issued_coupons',
    'Coupons of the event that people have won',
    (sale) => sale.issued,
  ),
  eventRemaining: perEvent(
    'firstcome_event_remaining_coupons',
    'Coupons of the event that nobody has won yet',
    ({ stock, issued }) => Math.max(0, stock - issued),
  ),
  eventOpening: perEvent(
    'firstcome_event_opening_timestamp_seconds',
    'When the event opens or opened, in seconds since 1970',
    ({ opensAtMs }) => opensAtMs / 1_000,
  ),
  eventOpeningError: perEvent(
    'firstcome_event_opening_error_seconds',
    'Time from the opening of the event until its first coupon was won, by the clock of the store that decides; missing before that. A negative value would mean that it was won too early',
    ({ firstAtMs, opensAtMs }) => (firstAtMs === null ? null : (firstAtMs - opensAtMs) / 1_000),
  ),
  eventOutbox: perEvent(
    'firstcome_event_outbox_claims',
    'Claims of the event that are accepted and not yet in MySQL',
    ({ outbox }) => outbox.claims,
  ),
  eventOutboxAge: perEvent(
    'firstcome_event_outbox_age_seconds',
    'Age of the oldest claim of the event that is not in MySQL; 0 if MySQL has all of them',
    ({ outbox }, nowMs) => (outbox.oldestAtMs === null ? 0 : Math.max(0, nowMs - outbox.oldestAtMs) / 1_000),
  ),
} as const satisfies Record<string, SaleMetric>;
