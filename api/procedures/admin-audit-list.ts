import { z } from 'zod';
import type { AuditQuery } from '../../core/admin/audit-trail.ts';
import { auditAction, auditActor, cursor, eventId, limit, time } from '../../core/events/fields.ts';
import { issueOf } from '../../core/messages/zod-issues.ts';
import { readTime } from '../../core/runtime/local-time.ts';
import { auditPageOutput, showAuditEntry } from '../../core/wire/audit-wire.ts';
import { viewerProcedure } from '../base.ts';

const input = z
  .strictObject({
    eventId: eventId.optional(),
    actor: auditActor.optional(),
    action: auditAction.optional(),
    sinceAt: time.optional(),
    cursor: cursor.optional(),
    limit: limit(1_000, 100),
  })
  .transform(({ sinceAt, ...rest }, context): AuditQuery => {
    if (sinceAt === undefined) return rest;
    const since = readTime(sinceAt, undefined);
    if (since.ok) return { ...rest, sinceAtMs: since.ms };
    context.addIssue(issueOf(['sinceAt'], since.problem));
    return z.NEVER;
  });

/** Lists who did what, newest first. The trail has every change, and every time somebody viewed users' claims. */
export const adminAuditList = viewerProcedure
  .input(input)
  .output(auditPageOutput)
  .query(async ({ ctx, input: wanted }) => {
    const { entries, nextCursor } = await ctx.admin.listAudit(wanted, ctx.actor);
    return { entries: entries.map(showAuditEntry), nextCursor };
  });
