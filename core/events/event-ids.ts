import type { Session } from '../mysql/sessions.ts';

export async function eventExists(session: Session, eventId: string): Promise<boolean> {
  const rows = await session.rows('SELECT 1 FROM events WHERE id = ?', [eventId]);
  return rows.length > 0;
}

/** The ids of the `limit` newest events, newest first. Reads only an index, no rows. */
export async function newestEventIds(session: Session, limit: number): Promise<string[]> {
  const rows = await session.rows<{ id: string }>(
    `SELECT id FROM events ORDER BY created_at DESC, id DESC LIMIT ${Math.trunc(limit)}`,
  );
  return rows.map(({ id }) => id);
}
