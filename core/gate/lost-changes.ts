import { appendAudit } from '../audit/audit-rows.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';

const charsMax = 2_000;

/**
 * Notes that a gate which nobody can read is taken away, and what it carried: changes that somebody was told of, and that
 * MySQL may lack. With nothing carried there is nothing to note. Give it the transaction in which the gate goes.
 */
export async function recordLostChanges(
  tx: DbTransaction,
  { log, clock }: Stores,
  { eventId, round, pendingChanges }: { eventId: string; round: number | null; pendingChanges: string },
): Promise<void> {
  if (pendingChanges === '') return;
  const known = { actor: 'firstcome', role: null, door: 'worker', requestId: null } as const;
  const reason =
    'The gate could not be read and was replaced. It carried changes that MySQL may lack: `before` has them as they were found.';
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
    'a gate that can’t be read was replaced; it carried changes that MySQL may lack, see event.carry_lost in the audit trail',
  );
}
