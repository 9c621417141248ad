import type { ProcessRecord } from './process-record.ts';

/** A gate that has not been trusted since a failover. */
export type UncheckedGate = { eventId: string; round: number; issued: number; version: number; runId: string };

/** What the processes have put on record, as one of them sees it. */
export type Witnesses = {
  /** Every process that may have promised claims, if this Redis or a process on record knows it. */
  processes: ReadonlySet<string>;
  records: ReadonlyMap<string, ProcessRecord>;
};

/**
 * Whether a gate has everything that was promised:
 * - `shown`: every process that may have promised anything has said what it promised, and the gate has all of it.
 *   `watched`: one of them used this very gate before the failover, so nobody needs to ask MySQL. `version`: that of
 *   the newest settings that an admin was told are in effect.
 * - `lacking`: the gate lacks promised serials up to `to`. `unanswered`: some processes have not said what they
 *   promised, so it may lack more.
 * - `open`: these processes have not said what they promised.
 */
export type Coverage =
  | { kind: 'shown'; watched: boolean; sameData: boolean; version: number }
  | { kind: 'lacking'; round: number; to: number; unanswered: boolean }
  | { kind: 'open'; processes: string[] };

/**
 * Judges a gate that is in the Redis with the id `runId`, but was last trusted under a different id.
 *
 * A record counts if its process is connected to this Redis, and so promises nothing from any other. With several
 * masters, an event may move between two masters to which a process stays connected. Then a record counts only if the
 * process looks for the event on this master, and if `isFresh` says that the record is newer than the move.
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
  const lacking = { round: gate.round, to: gate.issued };
  for (const [, { promised, earlierIds, left }] of speakers) {
    if (!left && earlierIds.includes(gate.runId)) sameData = true;
    const most = promised[gate.eventId];
    if (most === undefined) continue;
    if (!left && most.usedUnder === gate.runId) watched = true;
    if (most.round > lacking.round) Object.assign(lacking, { round: most.round, to: most.serial });
    else if (most.round === lacking.round && most.serial > lacking.to) lacking.to = most.serial;
    if (most.round === gate.round) version = Math.max(version, most.version);
  }
  if (lacking.round > gate.round || lacking.to > gate.issued) {
    return { kind: 'lacking', ...lacking, unanswered: awaited.size > 0 };
  }
  if (sameData || awaited.size === 0) return { kind: 'shown', watched: watched || sameData, sameData, version };
  return { kind: 'open', processes: [...awaited].toSorted() };
}
