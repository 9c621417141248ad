import { asUnavailable, Fault } from '../fault.ts';
import { listAudit, type AuditRow } from '../mysql/audit-rows.ts';
import type { Db } from '../mysql/open-db.ts';
import { checkAuditQuery } from './check-input.ts';

/** Which entries of the audit trail are wanted; what is absent does not matter. */
export type AuditQuery = {
  eventId?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  /** Entries of that time and later. */
  sinceAtMs?: number | undefined;
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined;
  limit: number;
};

/** Who did what. */
export interface AuditTrail {
  /** Entries, the newest first. Faults: `bad_request`, `unavailable`. */
  listAudit(query: AuditQuery): Promise<{ entries: AuditRow[]; nextCursor: string | null }>;
}

export function createAuditTrail(db: Db): AuditTrail {
  return {
    listAudit: async ({ cursor, limit, ...wanted }) => {
      checkAuditQuery(wanted);
      const beforeId = cursor === undefined ? undefined : readCursor(cursor);
      try {
        const found = await listAudit(db, { ...wanted, beforeId, limit: limit + 1 });
        const entries = found.slice(0, limit);
        return { entries, nextCursor: found.length > limit ? String(entries.at(-1)?.id) : null };
      } catch (err) {
        throw asUnavailable(err, 'MySQL is unreachable, and the audit trail is there. Try again shortly.');
      }
    },
  };
}

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new Fault('bad_request', 'The cursor is not one that a list of the audit trail returned.', {
    issues: [{ path: ['cursor'], message: 'must be the nextCursor of the page before' }],
  });
}
