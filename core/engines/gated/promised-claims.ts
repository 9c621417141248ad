import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRow } from '../../events/event-rows.ts';
import type { CoverageNow } from '../../failover/process-roster.ts';
import { isInert, sealOf, type Gate } from '../../gate/gate.ts';
import { openingMarginMs } from '../../gate/missing-gate.ts';
import type { Stores } from '../../stores/stores.ts';

/**
 * How long to wait for processes that have not yet put on record what they promised. A process that can reach the new
 * Redis does so within about a second.
 */
const answerMs = 5_000;
/**
 * How long to wait for other processes' promises if Redis has no replicas. No stale copy can have been promoted, so
 * after this time the gate decides even if a process has put nothing on record.
 */
const restartMs = 2_000;
/** How long to wait for processes that started just before the failover, because no other process may know of them. */
const strangerMs = 1_500;
/** How long a call waits for other processes before it gets a 503. */
const waitMs = 1_300;
const againMs = 100;

/**
 * Whether a gate that was trusted under a different run_id has every claim that was promised. `watched`: a process used
 * this gate until the failover, so MySQL need not be asked. `version`: the version of the newest settings that an admin
 * was told are in effect.
 */
export type PromisedClaims =
  | { kind: 'there'; watched: boolean; version: number }
  | { kind: 'awaited'; processes: string[] }
  | { kind: 'lost'; detail: string };

/** Judges the gate by what processes have put on record so far. Throws if Redis does not answer. */
export async function findPromised(
  { roster, clock }: Pick<Stores, 'roster' | 'clock'>,
  eventId: string,
  gate: Gate,
  runId: string,
): Promise<PromisedClaims> {
  const { round, issued, version, runId: trustedUnder, histories } = gate;
  const coverage = await roster.coverage({ eventId, round, issued, version, runId: trustedUnder, histories }, runId);
  // According to this gate, nobody can have claimed yet, so no process has to answer. Records that name promised claims
  // still count, because the gate may be older than a change that opened the event.
  if (issued === 0 && coverage.kind !== 'lacking' && clock.nowMs() < gate.opensAtMs - openingMarginMs) {
    return { kind: 'there', watched: false, version: coverage.version };
  }
  return judge(coverage, gate);
}

/** Like `findPromised`, but waits for processes that have not yet put their promises on record. */
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
      return { kind: 'lost', detail: describeLack(coverage, { round, issued }) };
    }
    case 'shown': {
      const { watched, version, sameData } = coverage;
      if (replicated && !sameData && knownForMs < strangerMs) return { kind: 'awaited', processes: [] };
      return { kind: 'there', watched, version };
    }
    case 'open': {
      const { processes, version } = coverage;
      if (knownForMs < (replicated ? answerMs : restartMs)) return { kind: 'awaited', processes };
      // Without replicas there was no failover: this Redis restarted and loaded its own file. A comparison with MySQL
      // shows whether that file is out of date.
      if (!replicated) return { kind: 'there', watched: false, version };
      const named = processes.length > 5 ? `${processes.slice(0, 5).join(', ')}, ...` : processes.join(', ');
      const silent =
        processes.length === 1
          ? 'one process has not put on record what it promised'
          : `${processes.length} processes have not put on record what they promised`;
      const detail = `a replica that lacks claims above serial ${issued} may have been promoted: ${silent} (${named})`;
      return { kind: 'lost', detail };
    }
  }
}

function describeLack(
  lack: { round: number; from: number; to: number },
  { round, issued }: Pick<Gate, 'round' | 'issued'>,
): string {
  const { from, to } = lack;
  if (lack.round > round) {
    return `it is in round ${round}, but claims of round ${lack.round} were promised up to serial ${to}`;
  }
  if (to > issued) {
    return `it has issued ${issued}, and serials up to ${to} were promised: ${to - issued} claims may be missing`;
  }
  return `it does not come from the gate that promised serials ${from} to ${to}: the claims of ${to - from + 1} users may be missing, and their serials may be promised to others`;
}

/**
 * Why a gate must not decide, if it lacks claims that were promised; null if it may decide, or if this is not known
 * yet. An inert gate is judged too if its seal matches the row's `seededAt`: it may have been trusted since, and a
 * stale replica may have received nothing after the seeding.
 */
export async function lackOfPromised(
  { redis, roster, clock }: Pick<Stores, 'redis' | 'roster' | 'clock'>,
  { eventId, roundRow }: EventRow,
  gate: Gate,
): Promise<string | null> {
  const runId = redis.of(eventId).runId();
  if (gate.given !== null || runId === undefined || gate.runId === runId) return null;
  if (isInert(gate) && (roundRow.seededAtMs === null || gate.runId !== sealOf(roundRow.seededAtMs))) return null;
  const promised = await findPromised({ roster, clock }, eventId, gate, runId);
  return promised.kind === 'lost' ? promised.detail : null;
}
