import { roundConfig, type EventRow } from '../events/event-rows.ts';
import { showInfo } from '../events/info-wire.ts';
import type { AskedChange } from '../events/pending-changes.ts';
import { reservedTo } from '../events/reserved-serials.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { isoTime, isoTimeOrNull } from '../runtime/iso-time.ts';
import { appendAudit } from './audit-rows.ts';

/** Records in the audit trail who changed an event, and how. `before` is null for a new event. */
export async function auditChange(
  tx: DbTransaction,
  {
    atMs,
    action,
    actor,
    role,
    keyId,
    door,
    reason,
    requestId,
  }: Omit<AskedChange, 'inputHash' | 'requestId'> & {
    requestId: string | null;
  },
  before: EventRow | null,
  after: EventRow,
): Promise<void> {
  await appendAudit(
    tx,
    {
      ...{ action, actor, role, keyId, door, reason, requestId },
      ...{ eventId: after.eventId, round: after.roundRow.round },
      before: before && auditable(before),
      after: auditable(after),
    },
    atMs,
  );
}

/** Whether the audit trail has this change. */
export async function isAudited(
  tx: DbTransaction,
  eventId: string,
  { action, actor, requestId, atMs }: AskedChange,
): Promise<boolean> {
  const where = { eventId, action, actor, requestId, at: new Date(atMs) };
  return (await tx.auditEntry.count({ where })) > 0;
}

/** What the audit trail shows about an event. It never shows the code key. */
export function auditable(event: EventRow): Record<string, unknown> {
  const { strategy } = event;
  const { closesAtMs, opensAtMs: _gateOpensAtMs, heldOpensAtMs, ...config } = roundConfig(event);
  const needsApproval = heldOpensAtMs !== null;
  const { opensAtMs } = event.roundRow;
  return {
    ...showInfo(event),
    strategy,
    ...config,
    needsApproval,
    opensAt: isoTime(opensAtMs),
    closesAt: isoTimeOrNull(closesAtMs),
    ...kept(event.roundRow.reserved),
  };
}

/** The reserved serials, and the serial from which new claims continue. */
const kept = (reserved: string): object => (reserved === '' ? {} : { reserved, fromSerial: reservedTo(reserved) + 1 });
