import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import { openToolRedis } from '../../core/redis/open-redis.ts';
import { readRedisAddress } from '../../core/settings/redis-settings.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { refuseHeld } from '../../proof/flash-sale/refuse-held.ts';
import { sourceAddresses } from '../../proof/flash-sale/source-addresses.ts';
import { readStoreClock, type StoreClock } from '../../proof/flash-sale/store-clock.ts';
import type { FoundSystem } from '../../proof/flash-sale/system.ts';
import { writeFileAtomically } from '../../scripts/services/atomic-file.ts';
import { readAnswers, removeAnswers, type LoadAnswer } from './answers.ts';
import { runArtillery } from './artillery.ts';
import { judgeEvent, type JudgedEvent } from './judge-event.ts';
import type { LoadEvent } from './load-event.ts';
import type { LoadOptions } from './options.ts';
import { startSampler, type Sample } from './process-samples.ts';

/**
 * The most connections for which Artillery gets enough addresses. load/claim.yml limits how many connections come from
 * each address.
 */
const connectionsMax = 4_000;

/** The running system, stores and Artillery of a scenario. Disposal closes the stores and all unfinished events. */
export type LoadSite = AsyncDisposable & {
  /** The folder for reports, and for the answers of events for which some promise could not be confirmed. */
  readonly dir: string;
  readonly samples: Sample[];
  say(line: string): void;
  signal: AbortSignal;
  /** Creates an event that opens at once, or at `opensAtMs` by the deciding store's clock. */
  createEvent(event: { stock: number; opensAtMs?: number }): Promise<LoadEvent>;
  /** Reads the deciding store's clock, relative to the monotonic clock. */
  readClock(): Promise<StoreClock>;
  /**
   * Sets the events for the run `name`, each with the time from which it gets users (`fromMs`, monotonic). May be
   * called again during the run.
   */
  nameEvents(name: string, events: { id: string; fromMs: number }[]): void;
  /** Sends users to these events, with the phases in load/`<phases>`. */
  sendUsers(
    load: { name: string; phases: string; settings: Record<string, number> },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Returns the answers that users got about an event in the run `name`. */
  readAnswers(name: string, eventId: string): LoadAnswer[];
  /**
   * Waits until MySQL has the claims, then compares the answers, Redis and MySQL. If they agree, closes the event and
   * removes its answers.
   */
  judge(event: LoadEvent, answers: LoadAnswer[]): Promise<JudgedEvent>;
};

/** Opens a system's stores. Rejects if the system can't be used. */
export async function openLoadSite(
  options: LoadOptions,
  system: FoundSystem,
  where: { dir: string; say: (line: string) => void; signal: AbortSignal },
): Promise<LoadSite> {
  const { dir, say, signal } = where;
  await using closing = new AsyncDisposableStack();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const address = readRedisAddress(system.redisUrl, process.env);
  const redis = closing.adopt(openToolRedis(address), (client) => client.disconnect());
  redis.on('error', () => undefined);
  const db = closing.adopt(openDb(system.databaseUrl, { poolMax: 2, commandTimeoutMs: 30_000 }), (client) =>
    client.$disconnect(),
  );
  await Promise.all([redis.connect(), db.$connect()]);
  const mint = createTokenMint(system.authSecret, system.tokenRules);
  const tokenLifeMs = Math.min(3_600_000, system.tokenRules.roleMaxMs);
  // A load may last longer than a token lives, so each call mints a token.
  const api = createApiClient(system.opsUrl, () => mint({ sub: 'load', role: 'operator' }, tokenLifeMs, Date.now()));

  const unjudged = new Set<string>();
  const closeEvent = (eventId: string): Promise<unknown> => api.admin.event.close.mutate({ eventId });
  const createEvent = async ({ stock, opensAtMs }: { stock: number; opensAtMs?: number }): Promise<LoadEvent> => {
    const event = await api.admin.event.create.mutate({
      name: `Load: ${options.scenario}`,
      amount: 10_000,
      stock,
      strategy: options.strategy,
      listed: false,
      opensAt: new Date(opensAtMs ?? Date.now()).toISOString(),
    });
    await refuseHeld(api, event);
    unjudged.add(event.id);
    return { id: event.id, round: event.round, stock, opensAtMs: Date.parse(event.opensAt) };
  };
  // An event that an interrupted load leaves open would never be retired.
  closing.defer(async () => {
    for (const eventId of unjudged) {
      try {
        await closeEvent(eventId);
      } catch {
        // The system has stopped or is failing, so the events stay open. An admin can close them later.
        return;
      }
    }
  });
  const readClock = () => readStoreClock(options.strategy, { redis, db });

  let artilleryPid: number | null = null;
  const pids = () => ({ ...system.pids(), ...(artilleryPid === null ? {} : { artillery: artilleryPid }) });
  const sampler = closing.adopt(startSampler(pids, redis), (started) => started.stop());
  const runId = `load-${Math.floor(monotonicMs()).toString(36)}`;
  const answersDir = join(dir, 'answers');
  const eventsFile = (name: string): string => join(dir, `${name}.events.json`);
  const all = closing.move();
  return {
    dir,
    say,
    signal,
    samples: sampler.samples,
    createEvent,
    readClock,
    nameEvents: (name, events) => writeFileAtomically(eventsFile(name), JSON.stringify(events)),
    sendUsers: async ({ name, phases, settings }, sendSignal = signal) => {
      const env = {
        AUTH_SECRET: system.authSecret,
        AUTH_SECRET_ISSUER: system.tokenRules.issuer ?? '',
        AUTH_SECRET_AUDIENCE: system.tokenRules.audience ?? '',
        LOAD_ANSWERS: join(answersDir, name),
        LOAD_EVENTS: eventsFile(name),
        LOAD_RUN: options.users === null ? `${runId}-${name}` : runId,
        LOAD_USERS: String(options.users ?? 0),
        LOAD_SOURCES: (sourceAddresses(new URL(system.url).hostname, connectionsMax) ?? []).join(','),
        ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
      };
      const started = (pid: number) => (artilleryPid = pid);
      await runArtillery({ url: system.url, phases, env, dir, name, started }, sendSignal);
    },
    readAnswers: (name, eventId) => readAnswers(join(answersDir, name), eventId),
    judge: async (event, answers) => {
      const ofEvent = openToolRedis(address, event.id);
      ofEvent.on('error', () => undefined);
      const judged = await ofEvent
        .connect()
        .then(async () => judgeEvent({ event, answers, clock: await readClock(), redis: ofEvent, db, signal }))
        .finally(() => ofEvent.disconnect());
      unjudged.delete(event.id);
      if (judged.verdict === 'held') {
        await closeEvent(event.id);
        removeAnswers(answersDir, event.id);
      }
      return judged;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
