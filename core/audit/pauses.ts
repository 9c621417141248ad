import type { DbReader } from '../mysql/open-db.ts';

/** A time during which a round was paused. `toMs` is null while the pause lasts. */
export type Pause = { fromMs: number; toMs: number | null };

/** The most entries that are read. A pause has two entries, so only the first 250 pauses of a round are found. */
const entriesMax = 500;

/**
 * Returns a round's pauses according to the audit trail, oldest first. The index includes the action, so a million
 * look-ups of the event's claims do not make this slower.
 */
export async function readPauses(db: DbReader, eventId: string, round: number): Promise<Pause[]> {
  const rows = await db.$queryRaw<{ at: Date; action: string }[]>`
    SELECT at, action FROM audit_log FORCE INDEX (audit_log_by_editor)
    WHERE event_id = ${eventId} AND action IN ('event.pause', 'event.resume') AND round = ${round}
    ORDER BY id LIMIT ${entriesMax}`;
  return pausesFrom(rows.map(({ at, action }) => ({ atMs: at.getTime(), pauses: action === 'event.pause' })));
}

/** A second pause in a row is part of the first. A resume without a pause is ignored. */
export function pausesFrom(entries: readonly { atMs: number; pauses: boolean }[]): Pause[] {
  const pauses: Pause[] = [];
  for (const { atMs, pauses: begins } of entries) {
    const open = pauses.at(-1)?.toMs === null ? pauses.at(-1) : undefined;
    if (begins && open === undefined) pauses.push({ fromMs: atMs, toMs: null });
    else if (!begins && open !== undefined) open.toMs = atMs;
  }
  return pauses;
}
