import { dashboardOf, graph, labelVariable, stat, type Dashboard } from './grafana.ts';
import { quantile, rate } from './queries.ts';

/** All processes show the same value, or one that is a second older. */
const ofEvent = (metric: string): string => `max(${metric}{event_id="$event"})`;
const lastOfEvent = (metric: string): string => `max(last_over_time(${metric}{event_id="$event"}[1h]))`;

/** One event: the page to watch while it opens. */
export const oneSale: Dashboard = dashboardOf({
  uid: 'firstcome-sale',
  title: 'Firstcome: one sale',
  description:
    'One of the 50 events that open or opened last. `coupon-admin event watch` shows the same on a terminal.',
  variables: [labelVariable('event', 'Event', 'label_values(firstcome_event_info, event_id)')],
  panels: [
    stat({
      title: 'Event',
      description: 'The name of the event and its strategy.',
      queries: [
        { expr: 'max by (name, strategy) (firstcome_event_info{event_id="$event"})', legend: '{{name}}, {{strategy}}' },
      ],
      width: 6,
    }),
    stat({
      title: 'Coupons left',
      description: 'Coupons that nobody has won yet.',
      queries: [{ expr: ofEvent('firstcome_event_remaining_coupons') }],
      width: 4,
    }),
    stat({
      title: 'Coupons won',
      description: 'Never more than the stock.',
      queries: [{ expr: ofEvent('firstcome_event_issued_coupons') }],
      width: 4,
    }),
    stat({
      title: 'Time since the opening',
      description: 'Negative before the opening.',
      queries: [{ expr: 'time() - max(firstcome_event_opening_timestamp_seconds{event_id="$event"})' }],
      ...{ width: 4, unit: 's' },
    }),
    stat({
      title: 'Opening error',
      description:
        'From the opening until the first coupon was won. A few milliseconds if people were waiting. Never negative.',
      queries: [{ expr: lastOfEvent('firstcome_event_opening_error_seconds') }],
      ...{ width: 6, unit: 's', decimals: 3 },
    }),
    graph({
      title: 'Coupons won and left',
      description: 'The line of the coupons left reaches 0 at the sell-out.',
      queries: [
        { expr: ofEvent('firstcome_event_issued_coupons'), legend: 'won' },
        { expr: ofEvent('firstcome_event_remaining_coupons'), legend: 'left' },
        { expr: ofEvent('firstcome_event_stock_coupons'), legend: 'stock' },
      ],
      width: 12,
    }),
    graph({
      title: 'Coupons won per second',
      description: 'How fast this event sells.',
      queries: [
        {
          expr: 'max(deriv(firstcome_event_issued_coupons{event_id="$event"}[$__rate_interval])) > 0 or vector(0)',
          legend: 'won',
        },
      ],
      ...{ width: 12, unit: 'ops' },
    }),
    graph({
      title: 'Claims that wait for MySQL',
      description: 'Grows while people claim faster than MySQL stores. Each of these claims is safe in Redis.',
      queries: [{ expr: ofEvent('firstcome_event_outbox_claims'), legend: 'waiting' }],
      width: 12,
    }),
    graph({
      title: 'How long the oldest of them has waited',
      description: 'Falls back to 0 soon after the sell-out. Above 30 s, an alarm fires.',
      queries: [{ expr: ofEvent('firstcome_event_outbox_age_seconds'), legend: 'oldest' }],
      ...{ width: 12, unit: 's' },
    }),
    graph({
      title: 'Answers to claims of all events',
      description: 'Per second, by how they ended. Usually one event has nearly all claims.',
      queries: [{ expr: `sum by (outcome) (${rate('firstcome_claims_total')})`, legend: '{{outcome}}' }],
      ...{ width: 12, unit: 'ops', stacked: true },
    }),
    graph({
      title: 'How long a claim takes, by how it ends',
      description: '99 of 100 claims of all events were answered within this time.',
      queries: [{ expr: quantile(0.99, 'firstcome_claim_duration_seconds', ['outcome']), legend: '{{outcome}}' }],
      ...{ width: 12, unit: 's' },
    }),
  ],
});
