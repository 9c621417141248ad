import { expect, it } from 'vitest';
import { inOrder } from '../../web/event-page/list-order.ts';

const at = (phase: 'open' | 'paused' | 'scheduled' | 'sold_out', hour: number) => ({
  phase,
  opensAt: new Date(Date.UTC(2026, 10, 30, hour)).toISOString(),
});

it('the list shows open events first, then future events (soonest first), then sold-out and closed events (latest first)', () => {
  const events = [
    at('sold_out', 1),
    at('scheduled', 12),
    at('sold_out', 3),
    at('open', 8),
    at('scheduled', 11),
    at('open', 7),
    at('paused', 6),
  ];
  expect(inOrder(events).map(({ phase, opensAt }) => `${phase} ${opensAt.slice(11, 13)}`)).toEqual([
    'open 07',
    'open 08',
    'paused 06',
    'scheduled 11',
    'scheduled 12',
    'sold_out 03',
    'sold_out 01',
  ]);
});
