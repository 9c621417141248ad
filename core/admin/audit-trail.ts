import type { Actor } from '../access/actor.ts';
import { shownCodes, type CodeRules, type ShownCodes } from '../access/shown-codes.ts';
import { listAudit, namesOfEvents, type AuditRow } from '../audit/audit-rows.ts';
import { say } from '../messages/message.ts';
import type { Db } from '../mysql/open-db.ts';
import { asUnavailable, Fault } from '../runtime/fault.ts';
import { checkAuditQuery } from './check-input.ts';

/** Absent fields don't restrict the result. */
export type AuditQuery = {
  eventId?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  /** Entries at or after this time. */
  sinceAtMs?: number | undefined;
  /** Entries before this time. */
  untilAtMs?: number | undefined;
  /** The `nextCursor` of the previous page. */
  cursor?: string | undefined;
  limit: number;
};

/** An entry, with its event's current name, which is null if the entry is not about an event. */
export type NamedAuditRow = AuditRow & { eventName?: string | null | undefined };

/** Reads the audit trail: who did what. */
export interface AuditTrail {
  /**
   * Entries, newest first, with codes in them masked unless the actor may see codes. Faults: `bad_request`,
   * `unavailable`.
   */
  listAudit(
    query: AuditQuery,
    actor: Pick<Actor, 'role'>,
  ): Promise<{ entries: NamedAuditRow[]; nextCursor: string | null }>;
}

export function createAuditTrail(db: Db, rules: CodeRules): AuditTrail {
  return {
    listAudit: async ({ cursor, limit, ...wanted }, actor) => {
      checkAuditQuery(wanted);
      const beforeId = cursor === undefined ? undefined : readCursor(cursor);
      try {
        const found = await listAudit(db, { ...wanted, beforeId, limit: limit + 1 });
        const entries = found.slice(0, limit);
        const shown = shownCodes(actor.role, rules);
        const names = await namesOfEvents(db, [...new Set(entries.flatMap(({ eventId }) => eventId ?? []))]);
        const nameOf = (eventId: string | null): string | null => {
          const name = names.get(eventId ?? '');
          return name === undefined ? null : shown.text(name);
        };
        return {
          entries: entries.map((row) => ({ ...entryShown(row, shown), eventName: nameOf(row.eventId) })),
          nextCursor: found.length > limit ? String(entries.at(-1)?.id) : null,
        };
      } catch (err) {
        throw asUnavailable(err, say('audit_trail_unreachable'));
      }
    },
  };
}

/** The system writes no complete code into an entry, but people may quote a code in a reason or in an event's name. */
const entryShown = (row: AuditRow, shown: ShownCodes): AuditRow => ({
  ...row,
  reason: row.reason && shown.text(row.reason),
  before: shown.json(row.before),
  after: shown.json(row.after),
});

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new Fault('bad_request', say('not_a_cursor', { list: 'the audit trail' }), {
    issues: [{ path: ['cursor'], ...say('cursor') }],
  });
}
