import type { Redis } from 'ioredis';
import type { RoundStatus, WaitingClaims } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import { readRoundStatuses } from '../rounds/round-statuses.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import type { ClockGap, Stores } from '../stores/stores.ts';
import { countFaults } from './alarm.ts';
import { askMysql, askRedis, connectedRedis } from './ask-store.ts';
import { describeGaps, isTooFar } from './clock-gaps.ts';
import { createFaultWatch, type FaultsNow } from './fault-watch.ts';
import { createOutboxWatch } from './outbox-watch.ts';
import { probe } from './probe.ts';
import { describeReplicas, fewestReplicas } from './replica-count.ts';
import { redisWeaknesses } from './store-settings.ts';
import { expectWorker } from './worker-beat.ts';

/** One readiness check. If it is `required` and fails, `/readyz` is red; any other is only shown. */
export type HealthCheck = { name: string; ok: boolean; required: boolean; detail: string };

export interface Health {
  /** Runs all checks, each with a short limit; never throws. */
  check(): Promise<HealthCheck[]>;
}

/** An outbox older than this is not being drained. */
const outboxAgeMaxMs = 30_000;

/** The state of the stores. Each function throws if a store that it needs does not answer. */
export type Watches = {
  rounds(): Promise<RoundStatus[]>;
  outboxes(): Promise<WaitingClaims[]>;
  clocks(): Promise<ClockGap[]>;
  /** The replicas of the master that has the fewest; null while a master can't be reached. */
  replicas(): number | null;
  faults(): Promise<FaultsNow>;
};

/** The content of `/readyz`. Answers are shared for 1 s, so that polling does not become load. */
export function createHealth(stores: Stores): Health & Watches {
  const { db, redis, clock } = stores;
  const statuses = rememberBriefly(() => readRoundStatuses(stores), { holdMs: holdAnswers(1_000), keysMax: 1 });
  const rounds = async () => {
    connected();
    return statuses('all');
  };
  const faults = createFaultWatch(stores, rounds);
  const outboxes = createOutboxWatch(stores, rounds);

  const clocks = async () => {
    connected();
    return stores.clockGaps();
  };

  const connected = () => connectedRedis(redis.system);

  const durability = async () => describeDurability(connected());
  const worker = async () => expectWorker(connected(), clock.nowMs());
  const outbox = async () => describeOutboxes(await rounds(), clock.nowMs());
  const lostGates = async () => describeLostGates(await rounds(), clock.nowMs());
  const setAside = async () => describeFaults(await faults());
  const clocksAgree = async () => describeClocks(await clocks());

  return {
    rounds,
    outboxes,
    clocks,
    replicas: () => fewestReplicas(stores),
    faults,
    check: () =>
      Promise.all([
        run('redis', true, () => askRedis(redis.system)),
        run('durability', false, durability),
        run('replicas', false, async () => Promise.resolve(describeReplicas(stores))),
        run('mysql', false, () => askMysql(db)),
        run('worker', false, worker),
        run('outbox', false, outbox),
        run('lost_gates', false, lostGates),
        run('set_aside', false, setAside),
        run('clocks', false, clocksAgree),
      ]),
  };
}

// Each function says what it found, or throws what is wrong.

async function describeDurability(client: Redis): Promise<string> {
  const weak = await redisWeaknesses(client);
  if (weak === null) throw new Error('durability: unknown; this Redis does not show its settings (CONFIG GET)');
  if (weak.length > 0) throw new Error(`durability: weaker; ${weak.join(', ')}`);
  return 'durability: always';
}

function describeOutboxes(rounds: readonly RoundStatus[], nowMs: number): string {
  const waiting = rounds.map((round) => round.outbox);
  const claims = waiting.reduce((sum, { claims }) => sum + claims, 0);
  const oldestAtMs = Math.min(...waiting.map(({ oldestAtMs }) => oldestAtMs ?? Infinity));
  const ageMs = claims === 0 ? 0 : nowMs - oldestAtMs;
  const detail = `${claims} claims wait for MySQL, the oldest for ${Math.round(ageMs / 1_000)} s`;
  if (ageMs > outboxAgeMaxMs) throw new Error(detail);
  return detail;
}

function describeLostGates(rounds: readonly RoundStatus[], nowMs: number): string {
  const lost = rounds
    .filter((round) => round.lost && engineOf(round.event.strategy).isAlarmingLoss(round.event, nowMs))
    .map(({ event }) => event.eventId);
  if (lost.length > 0) throw new Error(`${lost.length} lost: ${lost.slice(0, 10).join(', ')}`);
  return 'none';
}

function describeFaults({ rounds: hit, complete }: FaultsNow): string {
  const events = [...new Set(hit.map(({ eventId }) => eventId))];
  const named = events.length > 10 ? `${events.slice(0, 10).join(', ')}, ...` : events.join(', ');
  const found = `MySQL could not store ${countFaults(hit)} claims of ${named}, and they are not settled`;
  if (!complete) {
    const seen = hit.length === 0 ? 'its live rounds have no claims set aside' : found;
    throw new Error(`MySQL does not answer, so only Redis was asked: ${seen}`);
  }
  if (hit.length > 0) throw new Error(`${found}; \`claims faults EVENT\` lists them`);
  return 'none';
}

function describeClocks(gaps: ClockGap[]): string {
  if (gaps.some(isTooFar)) throw new Error(`${describeGaps(gaps)}: run NTP on every host`);
  return describeGaps(gaps);
}

async function run(name: string, required: boolean, ask: () => Promise<string>): Promise<HealthCheck> {
  const { ok, detail } = await probe(ask);
  return { name, ok, required, detail };
}
