import type { ProcessRecord } from './process-record.ts';
import { serialsOf } from './promises.ts';
import { provenTo } from './proven-serials.ts';

/** A gate that has not been trusted since a failover. */
export type UncheckedGate = {
  eventId: string;
  round: number;
  issued: number;
  version: number;
  runId: string;
  histories?: string | undefined;
};

/** The processes' records, as one process has read them. */
export type Witnesses = {
  /** Every process that may have promised claims, if this Redis or a process on record knows it. */
  processes: ReadonlySet<string>;
  records: ReadonlyMap<string, ProcessRecord>;
};

/**
 * Whether a gate has everything that was promised:
 * - `shown`: every process that may have promised claims has put on record what it promised, and the gate has all of
 *   it. `watched`: one of these processes used this very gate before the failover, so there is no need to ask MySQL.
 *   `version`: the version of the newest settings that an admin was told are in effect.
 * - `lacking`: the gate lacks the promised serials `from` to `to`. If a different gate made the promises, this gate may
 *   have issued the same numbers to other users. `unanswered`: some processes have not put on record what they
 *   promised, so the gate may lack more.
 * - `open`: these `processes` have not put on record what they promised.
 */
export type Coverage =
  | { kind: 'shown'; watched: boolean; sameData: boolean; version: number }
  | { kind: 'lacking'; round: number; from: number; to: number; unanswered: boolean }
  | { kind: 'open'; processes: string[]; version: number };

/**
 * Judges a gate that is in the Redis with the id `runId`, but was last trusted under a different id.
 *
 * A record counts if its process is connected to this Redis, because such a process promises nothing from any other
 * Redis. If Redis has several primaries, an event may move between two of them while a process stays connected to both.
 * A record then counts only if the process looks for the event on this primary, and if `isFresh` says that the record
 * is newer than the move.
 */
export function judgeCoverage(
  { processes, records }: Witnesses,
  gate: UncheckedGate,
  runId: string,
  isFresh: (process: string, record: ProcessRecord) => boolean = () => true,
): Coverage {
  const speaks = ([process, record]: [string, ProcessRecord]): boolean => {
    if (record.left) return true;
    const home = record.homes[gate.eventId] ?? runId;
    return record.ids.includes(runId) && home === runId && isFresh(process, record);
  };
  const speakers = [...records].filter(speaks);
  const awaited = new Set(processes);
  for (const [, { others }] of speakers) for (const other of others) awaited.add(other);
  for (const [process] of speakers) awaited.delete(process);
  for (const [, { settled }] of speakers) {
    for (const [process, except] of Object.entries(settled)) {
      if (!except.includes(gate.eventId)) awaited.delete(process);
    }
  }

  let [watched, sameData, version] = [false, false, 0];
  const lacks: Lack[] = [];
  for (const [, { promised, earlierIds, earlierIdsOf, left }] of speakers) {
    // Another primary's earlier ids say nothing about this one.
    const earlier = earlierIdsOf === undefined ? earlierIds : (earlierIdsOf[runId] ?? []);
    if (!left && earlier.includes(gate.runId)) sameData = true;
    const most = promised[gate.eventId];
    if (most === undefined) continue;
    if (!left && most.usedUnder === gate.runId) watched = true;
    if (most.round > gate.round) lacks.push({ round: most.round, from: 1, to: most.serial });
    if (most.round !== gate.round) continue;
    version = Math.max(version, most.version);
    for (const [under, serial] of Object.entries(serialsOf(most))) {
      const to = provenTo(gate, under);
      if (serial > to) lacks.push({ round: gate.round, from: to + 1, to: serial });
    }
  }
  if (lacks.length > 0) return { kind: 'lacking', ...together(lacks), unanswered: awaited.size > 0 };
  if (sameData || awaited.size === 0) return { kind: 'shown', watched: watched || sameData, sameData, version };
  return { kind: 'open', processes: [...awaited].toSorted(), version };
}

/** Promised serials of one round that a gate lacks. */
type Lack = { round: number; from: number; to: number };

/** One range that covers every serial of the newest round that the gate lacks. */
function together(lacks: readonly Lack[]): Lack {
  const round = Math.max(...lacks.map((lack) => lack.round));
  const ofRound = lacks.filter((lack) => lack.round === round);
  return { round, from: Math.min(...ofRound.map(({ from }) => from)), to: Math.max(...ofRound.map(({ to }) => to)) };
}
