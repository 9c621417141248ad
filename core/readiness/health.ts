import type { RoundStatus, WaitingClaims } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { readRoundStatuses } from '../rounds/round-statuses.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import type { ClockGap, Stores } from '../stores/stores.ts';
import { countFaults } from './alarm.ts';
import { askMasters, askMysql, connectedRedis } from './ask-store.ts';
import { describeGaps, isTooFar } from './clock-gaps.ts';
import { readDurability, type Durability } from './durability.ts';
import { createFaultWatch, type FaultsNow } from './fault-watch.ts';
import { createOutboxWatch } from './outbox-watch.ts';
import { probe } from './probe.ts';
import { describeReplicas, fewestReplicas } from './replica-count.ts';
import { expectWorker } from './worker-beat.ts';

/** If a `required` check fails, `/readyz` is red; any other failure is only shown. */
export type HealthCheck = { name: string; ok: boolean; required: boolean; detail: string };

export interface Health {
  /** Runs all checks, each with a short limit, by default the one of `/readyz`; never throws. */
  check(limitMs?: number): Promise<HealthCheck[]>;
}

/** If an outbox is older than this, nothing is draining it. */
const outboxAgeMaxMs = 30_000;

/** The state of the stores. Each function throws if a store that it needs does not answer. */
export type Watches = {
  rounds(): Promise<RoundStatus[]>;
  outboxes(): Promise<WaitingClaims[]>;
  clocks(): Promise<ClockGap[]>;
  /** How many replicas the primary with the fewest has; null while a primary can't be reached. */
  replicas(): number | null;
  faults(): Promise<FaultsNow>;
};

/** Opens the checks of `/readyz`. Answers are shared for 1 s, so that polling costs little. */
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
    return furthest(await Promise.all(masters().map((link) => stores.clockGaps(link))));
  };

  const connected = () => connectedRedis(redis.system);

  const masters = (): RedisLink[] => redis.all().filter((link) => link.runId() !== undefined);
  const durability = async () => {
    connected();
    return describeDurability(await readMasters(masters(), stores));
  };
  const topology = async () => describeTopology(redis, await readMasters(masters(), stores));
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
    check: (limitMs) => {
      const run = async (name: string, required: boolean, ask: () => Promise<string>): Promise<HealthCheck> => {
        const { ok, detail } = await probe(ask, limitMs);
        return { name, ok, required, detail };
      };
      return Promise.all([
        run('redis', true, () => askMasters(redis)),
        run('topology', false, topology),
        run('durability', false, durability),
        run('replicas', false, async () => Promise.resolve(describeReplicas(stores))),
        run('mysql', false, () => askMysql(db)),
        run('worker', false, worker),
        run('outbox', false, outbox),
        run('lost_gates', false, lostGates),
        run('set_aside', false, setAside),
        run('clocks', false, clocksAgree),
      ]);
    },
  };
}

// Each of these functions returns what it found, or throws an error that says what is wrong.

type Master = { where: string; durability: Durability | null };

const readMasters = (links: readonly RedisLink[], { redisDurability }: Stores): Promise<Master[]> =>
  Promise.all(
    links.map(async (link) => ({ where: link.where(), durability: await readDurability(link, redisDurability) })),
  );

function describeDurability(masters: readonly Master[]): string {
  if (masters.some(({ durability }) => durability === null)) {
    throw new Error(
      'durability: unknown; this Redis does not show its settings (CONFIG GET). Set REDIS_DURABILITY to what its operator attests',
    );
  }
  const weak = masters.filter(({ durability }) => durability !== null && durability.weak.length > 0);
  if (weak.length > 0) {
    const named = weak.map(({ where, durability }) =>
      [...(masters.length > 1 ? [where] : []), durability?.weak.join(', ') ?? ''].join(': '),
    );
    throw new Error(`durability: weaker; ${named.join('; ')}`);
  }
  const kinds = new Set(masters.map(({ durability }) => showDurability(durability)));
  return `durability: ${[...kinds].join(', ')}`;
}

const showDurability = (durability: Durability | null): string =>
  durability === null ? 'unknown' : `${durability.detail}${durability.attested ? ' (attested)' : ''}`;

function describeTopology(redis: RedisLinks, masters: readonly Master[]): string {
  const shown = masters.map(({ where, durability }) => `${where} (durability: ${showDurability(durability)})`);
  const missing = redis.missing();
  const detail = `${redis.topology}; ${masters.length === 1 ? 'primary' : 'primaries'}: ${shown.join(', ')}`;
  if (missing !== null)
    throw new Error(masters.length === 0 ? `${redis.topology}; ${missing}` : `${detail}; ${missing}`);
  return detail;
}

/** For each clock, the gap to the primary from whose clock it differs most. */
function furthest(perMaster: readonly ClockGap[][]): ClockGap[] {
  const worst = new Map<ClockGap['clock'], ClockGap>();
  for (const gap of perMaster.flat()) {
    const known = worst.get(gap.clock);
    if (known === undefined || Math.abs(known.aheadMs) < Math.abs(gap.aheadMs)) worst.set(gap.clock, gap);
  }
  return [...worst.values()];
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
