import type { Promised } from './promises.ts';

/** What a process has put on record: its answer to "what did you promise?". */
export type ProcessRecord = {
  /** Grows with each record of a process. */
  sequence: number;
  /** The ids of the Redis servers that it is connected to. Under any other id it promises nothing any more. */
  ids: string[];
  /** Earlier ids of those servers: each was watched all the time since, so its data is the same. */
  earlierIds: string[];
  /** Whether it has stopped in order. It will then never promise anything again. */
  left: boolean;
  promised: Record<string, Promised>;
  /** The id under which it would use the gate of an event that it has used, if Redis has several masters. */
  homes: Record<string, string>;
  /** The other processes that it knew of. */
  others: string[];
  /**
   * Processes that are gone, and whose promises this one has taken over, each with the events for which it could not.
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
