import { z } from 'zod';
import type { NamedAuditRow } from '../admin/audit-trail.ts';
import { isoTime, timeOutput } from '../runtime/iso-time.ts';

/** One entry of the audit trail. */
export const auditEntryOutput = z.object({
  id: z.int(),
  at: timeOutput,
  actor: z.string(),
  role: z.string().nullable(),
  /** The API key's id, if the actor is an API key. */
  keyId: z.string().nullable().optional(),
  door: z.enum(['api', 'cli', 'worker']),
  action: z.string(),
  eventId: z.string().nullable(),
  /** The name that the event has now. */
  eventName: z.string().nullable().optional(),
  round: z.int().nullable(),
  requestId: z.string().nullable(),
  reason: z.string().nullable(),
  /** The state before and after. For a look-up of claims, `after` says whose claims were looked up. */
  before: z.unknown(),
  after: z.unknown(),
});

export const auditPageOutput = z.object({ entries: z.array(auditEntryOutput), nextCursor: z.string().nullable() });

export const showAuditEntry = ({ atMs, ...same }: NamedAuditRow): z.output<typeof auditEntryOutput> => ({
  ...same,
  at: isoTime(atMs),
});

/** An entry as a client reads it from an answer. */
export const auditPageInput = auditPageOutput.extend({
  entries: z.array(
    auditEntryOutput.transform(({ at, before, after, ...same }): NamedAuditRow => ({
      ...same,
      ...{ before, after, atMs: Date.parse(at) },
    })),
  ),
});
