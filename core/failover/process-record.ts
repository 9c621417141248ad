import type { Promised } from './promises.ts';

/** What a process has put on record about what it promised. */
export type ProcessRecord = {
  /** Grows with each record of a process. */
  sequence: number;
  /**
   * The ids of the Redis servers to which the process is connected. Under any other id, it promises nothing any more.
   */
  ids: string[];
  /** Earlier ids of the same servers with the same data. */
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
   * Processes that are gone and whose promises this process has taken over, each with the events whose promises it
   * could not take over.
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
