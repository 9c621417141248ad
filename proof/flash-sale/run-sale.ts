import { createTokenMint } from '../../core/access/mint-token.ts';
import type { TokenRules } from '../../core/access/token-rules.ts';
import { highestSerial } from '../../core/claims/claim-rows.ts';
import { engineOf } from '../../core/engines/engines.ts';
import { type StrategyName } from '../../core/events/event.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import { openToolRedis } from '../../core/redis/open-redis.ts';
import { readRedisAddress } from '../../core/settings/redis-settings.ts';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';
import { judgeSale, type PromiseVerdict } from '../checker/judge-sale.ts';
import { createApiClient } from './api-client.ts';
import { awaitPersisted } from './await-persisted.ts';
import { createSharedTally, readTally, type CrowdAnswer } from './crowd-answer.ts';
import type { CrowdResult } from './crowd-thread.ts';
import { planCrowd, userName } from './crowd.ts';
import { measureSale, type Figures } from './figures.ts';
import { monotonicMs } from './monotonic.ts';
import type { FlashSaleOptions } from './options.ts';
import { showProgress, type Screen } from './progress.ts';
import { readRound, type RoundInStores } from './read-claims.ts';
import { refuseHeld } from './refuse-held.ts';
import { runCrowd } from './run-crowd.ts';
import { errorBetween, readStoreClock } from './store-clock.ts';

export type SystemAddress = {
  url: string;
  opsUrl: string;
  redisUrl: string;
  databaseUrl: string;
  authSecret: string;
  tokenRules: TokenRules;
};

export type SaleResult = {
  eventId: string;
  round: number;
  strategy: StrategyName;
  users: number;
  stock: number;
  seed: number;
  opensAt: string;
  early: number;
  twice: number;
  figures: Figures;
  /** Whether claims reach MySQL only after they are answered. */
  persistsLater: boolean;
  /** The time from the newest claim until MySQL had all claims, or null if it never did. */
  persistedAfterMs: number | null;
  waitedForConnection: number;
  clockErrorMs: number;
  issued: number;
  regiven: number;
  persisted: number;
  promises: PromiseVerdict[];
  verdict: PromiseVerdict['verdict'];
};

/** How long before the opening the event is created: time to create its gate, read the clock and connect. */
const leadMs = 6_000;
/**
 * The most connections. A larger crowd shares its connections, because a connection costs both sides more than a call.
 */
const connectionsMax = 4_000;
const giveUpAfterMs = 60_000;
const tokenLifeMs = 3_600_000;

/** Runs a sale on a running system and judges it. Throws if the system can't be used, or if `signal` aborts. */
export async function runSale(
  options: FlashSaleOptions,
  system: SystemAddress,
  out: Screen,
  signal: AbortSignal,
): Promise<SaleResult> {
  signal.throwIfAborted();
  const { users, stock, seed } = options;
  const db = openDb(system.databaseUrl, { poolMax: 2, commandTimeoutMs: 30_000 });
  await using closing = new AsyncDisposableStack();
  try {
    await db.$connect();
    const mint = createTokenMint(system.authSecret, system.tokenRules);
    const roleLifeMs = Math.min(tokenLifeMs, system.tokenRules.roleMaxMs);
    const nowMs = Date.now();
    const tokens = Array.from({ length: users }, (_, user) => mint({ sub: userName(user) }, tokenLifeMs, nowMs));
    const api = createApiClient(system.opsUrl, () =>
      mint({ sub: 'flash-sale', role: 'operator' }, roleLifeMs, Date.now()),
    );
    const crowd = planCrowd(users, seed);

    const event = await api.admin.event.create.mutate({
      name: `Flash sale of ${users} users`,
      amount: 10_000,
      stock,
      strategy: options.strategy,
      listed: false,
      opensAt: new Date(Date.now() + leadMs).toISOString(),
    });
    await refuseHeld(api, event);
    const address = readRedisAddress(system.redisUrl, process.env);
    const redis = closing.adopt(openToolRedis(address, event.id), (client) => client.disconnect());
    redis.on('error', () => undefined);
    await redis.connect();
    const opensAtMs = Date.parse(event.opensAt);
    const readClock = () => readStoreClock(options.strategy, { redis, db });
    const clock = await readClock();
    const opensAtMonotonicMs = opensAtMs - clock.offsetMs;
    const sinceOpeningMs = (): number => monotonicMs() - opensAtMonotonicMs;

    let persisted = 0;
    const watch = setInterval(() => {
      highestSerial(db, event.id, event.round).then(
        (serial) => (persisted = serial),
        () => undefined,
      );
    }, 500);
    const tally = createSharedTally();
    const progress = showProgress(out, { tally, users, sinceOpeningMs, persisted: () => persisted });
    progress.say(
      `Event ${event.id} opens at ${event.opensAt}: ${users.toLocaleString('en')} users, ${crowd.early} of them early, ` +
        `${crowd.twice} clicking twice, for ${stock.toLocaleString('en')} coupons (${options.strategy}, seed ${seed}).`,
    );
    const sendCrowd = (): Promise<CrowdResult> => {
      const { hostname, port } = new URL(system.url);
      const orders = {
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port === '' ? 80 : port),
        eventId: event.id,
        tokens,
        arrivals: crowd.arrivals,
        opensAtMonotonicMs,
        serverOffsetMs: clock.offsetMs,
        connections: Math.min(users, connectionsMax),
        giveUpAfterMs,
        seed,
        tally,
      };
      return runCrowd(orders, signal);
    };
    try {
      const crowdOver = new AbortController();
      const allPersisted = (async () => {
        // Once `accepted` equals the stock, no further entry is added to the outbox.
        await waitUntil(() => readTally(tally).accepted >= stock || crowdOver.signal.aborted, { signal });
        return awaitPersisted(redis, event.id, event.round, signal);
      })();
      const crowdResult = sendCrowd().finally(() => crowdOver.abort());
      const [{ answers, waitedForConnection }, drained] = await Promise.all([crowdResult, allPersisted]);
      const clockErrorMs = errorBetween(clock, await readClock());
      const stored = await readRound(redis, db, event.id);
      persisted = stored.claims.mysql.length;
      return {
        eventId: event.id,
        strategy: options.strategy,
        users,
        stock,
        seed,
        opensAt: event.opensAt,
        early: crowd.early,
        twice: crowd.twice,
        persistsLater: engineOf(options.strategy).persistsLater,
        clockErrorMs,
        waitedForConnection,
        persistedAfterMs: drained.kind === 'all' ? drained.atMs + clock.offsetMs - newestMs(stored, opensAtMs) : null,
        ...judge({ opensAtMs, stock, clockErrorMs }, answers, stored),
      };
    } finally {
      clearInterval(watch);
      progress.stop();
    }
  } finally {
    await db.$disconnect();
  }
}

function judge(
  sale: { opensAtMs: number; stock: number; clockErrorMs: number },
  answers: CrowdAnswer[],
  stored: RoundInStores,
): Pick<SaleResult, 'round' | 'figures' | 'issued' | 'regiven' | 'persisted' | 'promises' | 'verdict'> {
  const promises = judgeSale({ ...sale, ...stored, answers });
  const claimedAtMs = decidedClaims(stored).map((claim) => claim.claimedAtMs);
  return {
    round: stored.round,
    figures: measureSale({ ...sale, claimedAtMs }, answers),
    issued: stored.issued,
    regiven: stored.regiven.size,
    persisted: stored.claims.mysql.length,
    promises,
    verdict:
      (['broken', 'unknown'] as const).find((verdict) => promises.some((promise) => promise.verdict === verdict)) ??
      'held',
  };
}

const decidedClaims = ({ decidedBy, claims }: RoundInStores) => (decidedBy === 'mysql' ? claims.mysql : claims.winners);

const newestMs = (stored: RoundInStores, opensAtMs: number): number =>
  decidedClaims(stored).reduce((newest, claim) => Math.max(newest, claim.claimedAtMs), opensAtMs);
