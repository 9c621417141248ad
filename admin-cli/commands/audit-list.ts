import type { AuditQuery } from '../../core/admin/audit-trail.ts';
import type { AuditRow } from '../../core/audit/audit-rows.ts';
import { readTime } from '../../core/runtime/local-time.ts';
import type { RemoteAdmin } from '../api-client.ts';
import { defineCommand } from '../command.ts';
import { parseDuration } from '../parse-duration.ts';
import { oneLine } from '../plain-text.ts';
import { showAudit } from '../show-audit.ts';
import { UsageError } from '../usage-error.ts';

export const auditList = defineCommand({
  name: 'audit list',
  summary: 'Show who did what, newest first.',
  details:
    'Shows every change, and every time somebody viewed users’ claims: when, who, by which route, what, the values before and after, and why.',
  examples: [
    { says: 'What happened to an event', line: 'audit list --event EVENT' },
    { says: 'Who looked up a coupon', line: 'audit list --action claim.show' },
    { says: 'What one person did since yesterday', line: 'audit list --actor kim@desk --since 1d' },
  ],
  args: {
    event: { type: 'string', value: 'event', summary: 'Only this event' },
    actor: { type: 'string', value: 'name', summary: 'Only what this person or key did' },
    action: { type: 'string', value: 'action', summary: 'Only this action, such as event.pause' },
    since: {
      type: 'string',
      value: 'time',
      summary: 'Only since this time: a time with its offset, or how long ago, such as 2h',
    },
    limit: { type: 'integer', value: 'number', summary: 'Show at most this many (default: 50)' },
  },
  async handler({ event, actor, action, since, limit = 50 }, { api, moment, out }) {
    if (limit < 1) throw new UsageError('--limit must be at least 1.');
    const { admin } = await api();
    const now = await moment();
    const sinceAtMs = since === undefined ? undefined : parseSince(since, now.nowMs);
    const found = await latest(admin, { eventId: event, actor, action, sinceAtMs, limit });
    if (found.entries.length === 0) out.note('No entries in the audit trail match.');
    out.show(showAudit(found.entries, now));
    if (found.more) out.note(`Only the ${limit} newest are shown; --limit shows more.`);
  },
});

/** Parses a time, or an age such as `2h`. */
function parseSince(text: string, nowMs: number): number {
  // At least 1970, because no entry is older, and the API can't take a year before 0.
  if (/^\d+[smhd]$/.test(text)) return Math.max(0, nowMs - parseDuration(text, '--since'));
  const since = readTime(text);
  if (since.ok) return since.ms;
  throw new UsageError(
    `--since '${oneLine(text)}' must be a date and time with its offset, such as 2026-09-01T10:00:00+09:00, or how long ago, such as 2h (s, m, h, d).`,
  );
}

const pageMax = 1_000;

async function latest(admin: RemoteAdmin, query: AuditQuery): Promise<{ entries: AuditRow[]; more: boolean }> {
  const entries: AuditRow[] = [];
  let cursor: string | undefined;
  do {
    const asked = { ...query, cursor, limit: Math.min(query.limit - entries.length, pageMax) };
    const page = await admin.listAudit(asked, {});
    entries.push(...page.entries);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && entries.length < query.limit);
  return { entries, more: cursor !== undefined };
}
