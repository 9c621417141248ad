import type { Actor } from '../access/actor.ts';
import type { Db } from '../mysql/open-db.ts';
import { appendAudit } from './audit-rows.ts';

/**
 * A look-up of people's claims. `subject` says whose claims they are, as plain JSON, and never contains a code, because
 * a code is a secret.
 */
export type Lookup = {
  action: `claim.${string}`;
  actor: Actor;
  eventId: string | null;
  round: number | null;
  subject: Record<string, unknown>;
};

/** Records who looks up whose claims. Call this before reading the claims; if it throws, show nothing. */
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
