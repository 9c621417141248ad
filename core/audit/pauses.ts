import type { DbReader } from '../mysql/open-db.ts';

/** A time in which a round was paused. `toMs` is null while it lasts. */
export type Pause = { fromMs: number; toMs: number | null };

/** The most entries that are read: a round with more pauses than half of that shows only the first ones. */
const entriesMax = 500;

/**
 * When a round was paused, according to the audit trail, oldest first. The index names the actions, so an event whose
 * claims were looked up a million times costs no more.
 */
export async function readPauses(db: DbReader, eventId: string, round: number): Promise<Pause[]> {
  const rows = await db.$queryRaw<{ at: Date; action: string }[]>`
    SELECT at, action FROM audit_log FORCE INDEX (audit_log_by_editor)
    WHERE event_id = ${eventId} AND action IN ('event.pause', 'event.resume') AND round = ${round}
    ORDER BY id LIMIT ${entriesMax}`;
  return pausesFrom(rows.map(({ at, action }) => ({ atMs: at.getTime(), pauses: action === 'event.pause' })));
}

/** Pausing twice is one pause, and a resume without a pause ends none. */
export function pausesFrom(entries: readonly { atMs: number; pauses: boolean }[]): Pause[] {
  const pauses: Pause[] = [];
  for (const { atMs, pauses: begins } of entries) {
    const open = pauses.at(-1)?.toMs === null ? pauses.at(-1) : undefined;
    if (begins && open === undefined) pauses.push({ fromMs: atMs, toMs: null });
    else if (!begins && open !== undefined) open.toMs = atMs;
  }
  return pauses;
}
