import { createTokenMint } from '../../core/access/mint-token.ts';
import { type StrategyName } from '../../core/events/event.ts';
import { judgeSale, type PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { createSharedTally, type CrowdAnswer } from '../../proof/flash-sale/crowd-answer.ts';
import { planCrowd, userName } from '../../proof/flash-sale/crowd.ts';
import { readRound } from '../../proof/flash-sale/read-claims.ts';
import { runCrowd } from '../../proof/flash-sale/run-crowd.ts';
import { errorBetween, readStoreClock } from '../../proof/flash-sale/store-clock.ts';
import type { CostMeter, Costs } from '../meters/costs.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';

/** Everything that was observed in one sale, in which a crowd waits for an event to open and sells it out. */
export type Story = {
  opensAtMs: number;
  answers: CrowdAnswer[];
  issued: number;
  persisted: number;
  /** The users of the claims in MySQL, by serial. */
  holders: string[];
  claimedAtMs: number[];
  promises: PromiseVerdict[];
  /** The cost from before the first call until MySQL had every claim. */
  costs: Costs;
};

export type StoryPlan = { name: string; strategy: StrategyName; users: number; stock: number; seed: number };

/**
 * How long before its opening the event is created. This leaves time to read the clock and to open the crowd's
 * connections.
 */
const leadMsOf = (users: number): number => 2_000 + users / 5;
/** The most connections of the crowd, as in `npm run flash-sale`. */
const connectionsMax = 4_000;
/** After this time, users without an outcome stop calling. */
const giveUpAfterMs = 30_000;

/**
 * Holds a sale with the crowd of `npm run flash-sale`, whose clicks are planned ahead. After "busy" and unknown
 * outcomes, users call again as a real client would. Judges the sale afterwards by the answers, Redis and MySQL.
 */
export async function holdStory(
  system: BenchSystem,
  api: BenchApi,
  meter: CostMeter,
  { name, strategy, users, stock, seed }: StoryPlan,
): Promise<Story> {
  const { redis, db, authSecret } = system;
  const { signal } = new AbortController();
  const mint = createTokenMint(authSecret);
  const tokens = Array.from({ length: users }, (_, user) => mint({ sub: userName(user) }, 3_600_000, Date.now()));
  const event = await system.createEvent({ name, stock, strategy, opensAtMs: Math.ceil(Date.now() + leadMsOf(users)) });
  const client = createApiClient(api.url);
  const look = () => client.event.get.query({ eventId: event.id });
  const opensAtMs = Date.parse((await look()).opensAt);
  const readClock = () => readStoreClock(strategy, { redis, db });
  const clock = await readClock();

  const stop = await meter.start();
  const { hostname, port } = new URL(api.url);
  const { answers } = await runCrowd(
    {
      host: hostname,
      port: Number(port),
      eventId: event.id,
      tokens,
      arrivals: planCrowd(users, seed).arrivals,
      opensAtMonotonicMs: opensAtMs - clock.offsetMs,
      serverOffsetMs: clock.offsetMs,
      connections: Math.min(users, connectionsMax),
      giveUpAfterMs,
      seed,
      tally: createSharedTally(),
    },
    signal,
  );
  const drained = await awaitPersisted(redis, event.id, event.round, signal);
  if (drained.kind === 'stuck') throw new Error(`${name}: the outbox does not drain; ${drained.left} entries are left`);
  const costs = await stop();
  const clockErrorMs = errorBetween(clock, await readClock());
  const stored = await readRound(redis, db, event.id);
  await system.closeEvent(event.id);
  const bySerial = stored.claims.mysql.toSorted((a, b) => a.serial - b.serial);
  return {
    opensAtMs,
    answers,
    issued: stored.issued,
    persisted: bySerial.length,
    holders: bySerial.map(({ userId }) => userId),
    claimedAtMs: bySerial.map(({ claimedAtMs }) => claimedAtMs),
    promises: judgeSale({ ...stored, opensAtMs, stock, clockErrorMs, answers }),
    costs,
  };
}
