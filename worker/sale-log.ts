import { findEvent, listRunningRounds, type EventRow } from '../core/events/event-rows.ts';
import { toldKey } from '../core/redis/keys.ts';
import { failureState } from '../core/runtime/state-changes.ts';
import type { Stores } from '../core/stores/stores.ts';
import { adminView } from '../core/views/admin-view.ts';
import type { AdminEventView } from '../core/views/event-view.ts';
import { saleNews, type SaleNews } from '../core/views/sale-news.ts';

export type SaleLog = {
  /** Stops after the check that is in progress. */
  stop(): Promise<void>;
};

/**
 * How often an event is checked: `busyEveryMs` from around its opening until all its claims are stored, otherwise
 * `idleEveryMs`.
 */
const busyEveryMs = 500;
const idleEveryMs = 10_000;
/** How soon new events, and events that an admin has changed, are noticed. */
const searchEveryMs = 2_000;
/**
 * Checks take at most this share of a worker's time. But a pause is never longer than `restMaxMs`, because slow stores
 * would otherwise delay the news too much.
 */
const timeShare = 0.1;
const restMaxMs = 2_000;
const eventsMax = 20;
const aheadMs = 5_000;
const busyAfterOpeningMs = 60_000;
/** The marks in Redis outlast the time for which an event counts as news. */
const keptMs = 3_600_000;

type Look = { view: AdminEventView; version: number; atMs: number };

/**
 * Logs what happens in sales, one line each: opened, first claim, sold out, all stored, paused and resumed. With a mark
 * in Redis, only one of several workers logs each line.
 */
export function startSaleLog(stores: Stores): SaleLog {
  const { redis, clock, log, logged } = stores;
  const looks = new Map<string, Look>();
  let rounds: EventRow[] = [];
  let searchedAtMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = Promise.resolve();

  async function lookAround(): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs - searchedAtMs >= searchEveryMs) {
      rounds = await listRunningRounds(stores.db, { nowMs, aheadMs, limit: eventsMax });
      searchedAtMs = nowMs;
      await forgetOld(nowMs);
      const known = new Set(rounds.map(({ eventId }) => eventId));
      for (const eventId of looks.keys()) if (!known.has(eventId)) looks.delete(eventId);
    }
    for (const event of rounds) if (isDue(event, nowMs)) await look(event);
  }

  function isDue({ eventId, version }: EventRow, nowMs: number): boolean {
    const last = looks.get(eventId);
    if (last === undefined || last.version !== version) return true;
    return nowMs - last.atMs >= (isBusy(last.view, nowMs) ? busyEveryMs : idleEveryMs);
  }

  async function look({ eventId }: EventRow): Promise<void> {
    const event = await findEvent(stores.db, eventId);
    if (event === null) return;
    const { version } = event;
    const before = looks.get(eventId)?.view;
    const view = await withFirstClaim(await adminView(stores, event), before);
    const nowMs = clock.nowMs();
    for (const news of saleNews(before, view, nowMs)) await tell(view, news, nowMs);
    looks.set(eventId, { view, version, atMs: nowMs });
  }

  async function tell(
    { eventId, round, name }: AdminEventView,
    { event, key, text, ...more }: SaleNews,
    nowMs: number,
  ): Promise<void> {
    const isFirst = await redis.system.client.hsetnx(toldKey, `${eventId} ${round} ${key}`, nowMs);
    if (isFirst === 1) log.info({ event, eventId, round, name, ...more }, `${name} ${text}`);
  }

  /** If MySQL decides, no gate has the time of the first claim, so read it from the claim's row. */
  async function withFirstClaim(view: AdminEventView, before: AdminEventView | undefined): Promise<AdminEventView> {
    const { eventId, round, issued } = view;
    if (view.firstClaimedAtMs !== null || issued === 0) return view;
    if (before?.round === round && before.firstClaimedAtMs !== null) {
      return { ...view, firstClaimedAtMs: before.firstClaimedAtMs };
    }
    const first = await stores.db.claim.findFirst({
      where: { eventId, round },
      orderBy: { serial: 'asc' },
      select: { claimedAt: true },
    });
    return { ...view, firstClaimedAtMs: first?.claimedAt.getTime() ?? null };
  }

  async function forgetOld(nowMs: number): Promise<void> {
    const told = await redis.system.client.hgetall(toldKey);
    const old = Object.keys(told).filter((key) => nowMs - Number(told[key]) > keptMs);
    if (old.length > 0) await redis.system.client.hdel(toldKey, ...old);
  }

  async function run(): Promise<void> {
    const startedMs = performance.now();
    try {
      await lookAround();
      logged.clear('sale log');
    } catch (err) {
      if (logged.isNew('sale log', failureState(err))) {
        log.debug({ event: 'sale_log_failed', err }, 'could not check the sales; trying again');
      }
    }
    const tookMs = performance.now() - startedMs;
    schedule(Math.max(untilNext(), Math.min(tookMs / timeShare, restMaxMs)));
  }

  /** The time until the next check. If an opening comes first, the check runs as soon as the opening has passed. */
  function untilNext(): number {
    const nowMs = clock.nowMs();
    const openings = rounds.map(({ roundRow }) => roundRow.opensAtMs - nowMs).filter((waitMs) => waitMs > 0);
    return Math.min(busyEveryMs, ...openings.map((waitMs) => waitMs + 2));
  }

  function schedule(waitMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, waitMs);
  }

  schedule(0);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function isBusy({ opensAtMs, soldOutAtMs, issued, persisted, outbox }: AdminEventView, nowMs: number): boolean {
  if (nowMs < opensAtMs) return opensAtMs - nowMs <= busyEveryMs;
  return nowMs - opensAtMs < busyAfterOpeningMs || outbox !== 0 || (soldOutAtMs !== null && persisted < issued);
}
