import type { EventRow } from '../events/event-rows.ts';
import type { DbReader } from '../mysql/open-db.ts';

/** The actions that a repair records in the audit trail when it begins and when it ends. */
export const repairActions = { begun: 'event.repair', ended: 'event.repaired' } as const;

/** The newest repair of the event's round, if the repair has not ended: it died halfway, or is still running. */
export async function findUnfinishedRepair(
  db: DbReader,
  { eventId, currentRound: round }: EventRow,
): Promise<{ actor: string; begunAtMs: number } | null> {
  const newest = await db.auditEntry.findFirst({
    where: { eventId, round, action: { in: Object.values(repairActions) } },
    orderBy: { id: 'desc' },
    select: { action: true, actor: true, at: true },
  });
  if (newest?.action !== repairActions.begun) return null;
  return { actor: newest.actor, begunAtMs: newest.at.getTime() };
}
