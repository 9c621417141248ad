import { eventPhase } from '../events/phase.ts';
import type { AdminEventView } from './event-view.ts';

/** Something that happened in a sale, as one log line. */
export type SaleNews = {
  event: 'sale_opened' | 'sale_first_claim' | 'sale_sold_out' | 'sale_stored' | 'sale_paused' | 'sale_resumed';
  /** Identifies the news, so that several processes together report it only once. */
  key: string;
  /** A phrase for people, which follows the event's name. */
  text: string;
  afterMs?: number;
};

/** Older news is not reported, so a worker that starts late says nothing about yesterday's sale. */
const freshMs = 30_000;
/** Longer for `sale_stored`, because MySQL may have been down since the sellout. */
const storedFreshMs = 600_000;

/** What is new since the event was last read. `before` is undefined the first time. */
export function saleNews(before: AdminEventView | undefined, event: AdminEventView, nowMs: number): SaleNews[] {
  return [...openingNews(event, nowMs), ...pauseNews(before, event), ...selloutNews(event, nowMs)];
}

function openingNews(event: AdminEventView, nowMs: number): SaleNews[] {
  const { opensAtMs, firstClaimedAtMs, stock } = event;
  const phase = eventPhase(event, nowMs);
  const isOpened = nowMs >= opensAtMs && nowMs < opensAtMs + freshMs && event.gateLost !== true;
  const opened = isOpened && (phase === 'open' || phase === 'sold_out');
  return [
    ...(opened
      ? [{ event: 'sale_opened' as const, key: `opened ${opensAtMs}`, text: `is open: ${coupons(stock)}` }]
      : []),
    ...(firstClaimedAtMs !== null && nowMs < firstClaimedAtMs + freshMs
      ? [firstClaim(firstClaimedAtMs, opensAtMs)]
      : []),
  ];
}

function firstClaim(atMs: number, opensAtMs: number): SaleNews {
  const afterMs = atMs - opensAtMs;
  return {
    event: 'sale_first_claim',
    key: 'first claim',
    text: `has its first claim, ${after(afterMs)} the opening`,
    afterMs,
  };
}

function pauseNews(before: AdminEventView | undefined, event: AdminEventView): SaleNews[] {
  if (before === undefined || before.round !== event.round || before.paused === event.paused || event.closed) return [];
  const key = `${event.paused ? 'paused' : 'resumed'} ${event.version}`;
  return event.paused
    ? [{ event: 'sale_paused', key, text: 'is paused: claims are refused until it is resumed' }]
    : [{ event: 'sale_resumed', key, text: 'is resumed' }];
}

function selloutNews(event: AdminEventView, nowMs: number): SaleNews[] {
  const { soldOutAtMs, opensAtMs, stock, issued, outbox, persisted } = event;
  if (soldOutAtMs === null || issued < stock) return [];
  const afterMs = soldOutAtMs - opensAtMs;
  const soldOut: SaleNews = {
    ...{ event: 'sale_sold_out', key: `sold out ${soldOutAtMs}`, afterMs },
    text: `is sold out, ${after(afterMs)} the opening: ${coupons(stock)}`,
  };
  const isStored = outbox === 0 && persisted >= issued;
  const stored: SaleNews = {
    ...{ event: 'sale_stored', key: `stored ${soldOutAtMs}` },
    text: `has all of its ${count(persisted)} claims in MySQL`,
  };
  return [
    ...(nowMs < soldOutAtMs + freshMs ? [soldOut] : []),
    ...(isStored && nowMs < soldOutAtMs + storedFreshMs ? [stored] : []),
  ];
}

const coupons = (stock: number): string => (stock === 1 ? '1 coupon' : `${count(stock)} coupons`);
const after = (ms: number): string => `${count(Math.max(0, ms))} ms after`;
const count = (value: number): string => value.toLocaleString('en-US');
