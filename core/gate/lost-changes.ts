import { appendAudit } from '../audit/audit-rows.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';

const charsMax = 2_000;

/**
 * Records in the audit trail that an unreadable gate is being removed with its pending changes: admins were told that
 * these changes succeeded, but MySQL may lack them. Records nothing if there were no pending changes. `tx` is the
 * transaction in which the gate is removed.
 */
export async function recordLostChanges(
  tx: DbTransaction,
  { log, clock }: Stores,
  { eventId, round, pendingChanges }: { eventId: string; round: number | null; pendingChanges: string },
): Promise<void> {
  if (pendingChanges === '') return;
  const known = { actor: 'firstcome', role: null, door: 'worker', requestId: null } as const;
  const reason =
    'The gate could not be read and was replaced. It had pending changes that MySQL may lack; `before` shows these changes as they were found.';
  await appendAudit(
    tx,
    {
      ...{ ...known, action: 'event.carry_lost', eventId, round, reason },
      ...{ before: { carry: pendingChanges.slice(0, charsMax).toWellFormed() }, after: null },
    },
    clock.nowMs(),
  );
  log.error(
    { event: 'carry_lost', eventId, round },
    'replaced an unreadable gate; it had pending changes that MySQL may lack, see event.carry_lost in the audit trail',
  );
}
