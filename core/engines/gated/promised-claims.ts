import { setTimeout as sleep } from 'node:timers/promises';
import type { CoverageNow } from '../../failover/process-roster.ts';
import { isInert, type Gate } from '../../gate/gate.ts';
import { openingMarginMs } from '../../gate/missing-gate.ts';
import type { Stores } from '../../stores/stores.ts';

/** A process that can reach the new Redis says within about a second what it promised. */
const answerMs = 5_000;
/**
 * Without replicas no promoted copy can be in the place of the primary, so that a process that does not answer proves
 * nothing. Those that are alive get this long to say what they promised.
 */
const restartMs = 2_000;
/** A process that started a moment before the failover may be known to nobody: it gets this long to come forward. */
const strangerMs = 1_500;
/** How long a call waits for the others before it is answered 503. */
const waitMs = 1_300;
const againMs = 100;

/**
 * Whether a gate that another Redis process trusted has every claim that was promised. `watched`: a process used this
 * gate until the failover, so MySQL need not be asked. `version`: the newest settings that an admin was promised.
 */
export type PromisedClaims =
  | { kind: 'there'; watched: boolean; version: number }
  | { kind: 'awaited'; processes: string[] }
  | { kind: 'lost'; detail: string };

/** Asks once. Throws if Redis does not answer. */
export async function findPromised(
  { roster, clock }: Pick<Stores, 'roster' | 'clock'>,
  eventId: string,
  gate: Gate,
  runId: string,
): Promise<PromisedClaims> {
  // Nobody can have claimed yet.
  if (gate.issued === 0 && clock.nowMs() < gate.opensAtMs - openingMarginMs) {
    return { kind: 'there', watched: false, version: 0 };
  }
  const { round, issued, version, runId: trustedUnder } = gate;
  return judge(await roster.coverage({ eventId, round, issued, version, runId: trustedUnder }, runId), gate);
}

/** The same, and gives processes that have not answered a moment to do so. */
export async function awaitPromised(
  stores: Pick<Stores, 'roster' | 'clock'>,
  eventId: string,
  gate: Gate,
  runId: string,
): Promise<PromisedClaims> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const promised = await findPromised(stores, eventId, gate, runId);
    if (promised.kind !== 'awaited' || performance.now() >= giveUpAt) return promised;
    await sleep(againMs);
  }
}

function judge(coverage: CoverageNow, { round, issued }: Gate): PromisedClaims {
  const { replicated, knownForMs } = coverage;
  switch (coverage.kind) {
    case 'lacking': {
      if (coverage.unanswered && knownForMs < answerMs) return { kind: 'awaited', processes: [] };
      const detail =
        coverage.round > round
          ? `it is in round ${round}, and claims of round ${coverage.round} were promised up to serial ${coverage.to}`
          : `it has issued ${issued}, and serials up to ${coverage.to} were promised: ${coverage.to - issued} claims may be missing`;
      return { kind: 'lost', detail };
    }
    case 'shown': {
      const { watched, version, sameData } = coverage;
      if (replicated && !sameData && knownForMs < strangerMs) return { kind: 'awaited', processes: [] };
      return { kind: 'there', watched, version };
    }
    case 'open': {
      const { processes } = coverage;
      if (knownForMs < (replicated ? answerMs : restartMs)) return { kind: 'awaited', processes };
      // The Redis has its own file again. MySQL tells whether it is an old one.
      if (!replicated) return { kind: 'there', watched: false, version: 0 };
      const named = processes.length > 5 ? `${processes.slice(0, 5).join(', ')}, ...` : processes.join(', ');
      const detail = `a replica may have been promoted that lacks claims above serial ${issued}: ${processes.length === 1 ? 'a process has' : `${processes.length} processes have`} not said what they promised (${named})`;
      return { kind: 'lost', detail };
    }
  }
}

/** Why a gate must not decide because it lacks claims that were promised; null if it may, or if nobody knows yet. */
export async function lackOfPromised(
  { redis, roster, clock }: Pick<Stores, 'redis' | 'roster' | 'clock'>,
  eventId: string,
  gate: Gate,
): Promise<string | null> {
  const runId = redis.of(eventId).runId();
  if (gate.given !== null || runId === undefined || gate.runId === runId || isInert(gate)) return null;
  const promised = await findPromised({ roster, clock }, eventId, gate, runId);
  return promised.kind === 'lost' ? promised.detail : null;
}
