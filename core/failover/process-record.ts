import type { Promised } from './promises.ts';

/** What a process has put on record about what it promised. */
export type ProcessRecord = {
  /** Increases with each record that the process writes. */
  sequence: number;
  /**
   * The ids of the Redis servers to which the process is connected. The process no longer promises anything that a
   * Redis with a different id decides.
   */
  ids: string[];
  /** Earlier ids of these servers, under which they had the same data. */
  earlierIds: string[];
  /** The earlier ids of each server, by its present id. Missing from records that earlier versions wrote. */
  earlierIdsOf?: Record<string, string[]>;
  /** Whether the process has shut down cleanly. It will then never promise anything again. */
  left: boolean;
  promised: Record<string, Promised>;
  /**
   * If Redis has several primaries: for each event with promises, the id of the primary on which the process looks for
   * the event.
   */
  homes: Record<string, string>;
  /** The other processes that this process knew of. */
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
