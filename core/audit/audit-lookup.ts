import type { Actor } from '../access/actor.ts';
import type { Db } from '../mysql/open-db.ts';
import { appendAudit } from './audit-rows.ts';

/**
 * A look-up of people's claims. `subject` says whose, as plain JSON. A coupon's code is a secret and never part of it.
 */
export type Lookup = {
  action: `claim.${string}`;
  actor: Actor;
  eventId: string | null;
  round: number | null;
  subject: Record<string, unknown>;
};

/** Records who looked up whose claims, before they are read. If this can't be written, nothing is shown. */
export async function auditLookup(db: Db, lookup: Lookup, nowMs: number): Promise<void> {
  const { action, actor, eventId, round, subject } = lookup;
  const { name, role, keyId, door, reason = null } = actor;
  await db.$transaction((tx) =>
    appendAudit(
      tx,
      { action, actor: name, role, keyId, door, reason, eventId, round, requestId: null, before: null, after: subject },
      nowMs,
    ),
  );
}
