import type { Promised } from './promises.ts';

/** What a process has put on record: its answer to "what did you promise?". */
export type ProcessRecord = {
  /** Grows with each record of a process. */
  sequence: number;
  /** The ids of the Redis servers that the process is connected to. It promises nothing any more under any other id. */
  ids: string[];
  /** Earlier ids of those servers. Each server has been watched ever since, so its data is the same. */
  earlierIds: string[];
  /** The same for each server, by its present id. Records of earlier versions lack it. */
  earlierIdsOf?: Record<string, string[]>;
  /** Whether the process has shut down cleanly. It will then never promise anything again. */
  left: boolean;
  promised: Record<string, Promised>;
  /**
   * If Redis has several masters: for each event with promises, the id of the master where the process looks for the
   * event.
   */
  homes: Record<string, string>;
  /** The other processes that the process knew of. */
  others: string[];
  /**
   * Processes that are gone and whose promises this process has taken over, each with the events for which it could not
   * do so.
   */
  settled: Record<string, string[]>;
};

/** Parses a record; null if this version can't read it. */
export function parseRecord(text: string | null | undefined): ProcessRecord | null {
  if (typeof text !== 'string') return null;
  try {
    const record = JSON.parse(text) as ProcessRecord;
    return Array.isArray(record.ids) && typeof record.promised === 'object' ? record : null;
  } catch {
    return null;
  }
}
