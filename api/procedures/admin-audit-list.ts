import { z } from 'zod';
import type { AuditQuery } from '../../core/admin/audit-trail.ts';
import { auditAction, auditActor, cursor, eventId, limit, time } from '../../core/events/fields.ts';
import { auditPageOutput, showAuditEntry } from '../../core/wire/audit-wire.ts';
import { viewerProcedure } from '../base.ts';
import { readTimes } from '../time-input.ts';

const input = z
  .strictObject({
    eventId: eventId.optional(),
    actor: auditActor.optional(),
    action: auditAction.optional(),
    sinceAt: time.optional(),
    untilAt: time.optional(),
    cursor: cursor.optional(),
    limit: limit(1_000, 100),
  })
  .transform(({ sinceAt, untilAt, ...rest }, context): AuditQuery => {
    const times = readTimes({ sinceAt, untilAt }, context);
    return { ...rest, sinceAtMs: times.sinceAt, untilAtMs: times.untilAt };
  });

/** Lists who did what, newest first. The trail records every change, and every time somebody viewed users' claims. */
export const adminAuditList = viewerProcedure
  .input(input)
  .output(auditPageOutput)
  .query(async ({ ctx, input: wanted }) => {
    const { entries, nextCursor } = await ctx.admin.listAudit(wanted, ctx.actor);
    return { entries: entries.map(showAuditEntry), nextCursor };
  });
