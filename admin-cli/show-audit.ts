import type { AuditRow } from '../core/audit/audit-rows.ts';
import { showAuditEntry } from '../core/wire/audit-wire.ts';
import { formatDistance, formatInstantShort } from './format-time.ts';
import type { Look, Shown } from './output.ts';
import { oneLine } from './plain-text.ts';
import type { Moment } from './show-event.ts';
import { formatTable, formatTsv, type Column } from './table.ts';

export function showAudit(entries: readonly AuditRow[], moment: Moment): Shown {
  return {
    json: () => entries.map(showAuditEntry),
    plain: () =>
      formatTsv(
        ['at', 'actor', 'role', 'door', 'action', 'eventId', 'round', 'what', 'reason'],
        entries.map((entry) => [
          ...[showAuditEntry(entry).at, entry.actor, entry.role, entry.door, entry.action, entry.eventId, entry.round],
          ...[formatChange(entry), entry.reason],
        ]),
      ),
    terminal: (look) => auditTable(entries, moment, look),
  };
}

/**
 * Formats what changed, field by field. If the entry is about a new event or about viewed claims, lists all fields. If
 * the entry has no event, such as an entry about a revoked API key, begins with the `id` and `name` of the key.
 */
export function formatChange({ before, after }: Pick<AuditRow, 'before' | 'after'>): string {
  const was = fieldsOf(before);
  const is = fieldsOf(after);
  const named = 'id' in is ? ['id', 'name'] : [];
  const differs = ([name, value]: [string, unknown]): boolean => JSON.stringify(was[name]) !== JSON.stringify(value);
  const shown = Object.entries(is).filter((field) => named.includes(field[0]) || differs(field));
  return (
    shown
      // A new object's empty fields are left out.
      .filter(([name, value]) => (before === null ? value !== null : name !== 'version'))
      .map(([name, value]) =>
        name in was && differs([name, value])
          ? `${name} ${text(was[name])} -> ${text(value)}`
          : `${name} ${text(value)}`,
      )
      .join(', ')
  );
}

const fieldsOf = (state: unknown): Record<string, unknown> =>
  typeof state === 'object' && state !== null && !Array.isArray(state) ? (state as Record<string, unknown>) : {};

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

function auditTable(entries: readonly AuditRow[], { nowMs, timeZone }: Moment, look: Look): string {
  const when = (ms: number) => `${formatInstantShort(ms, timeZone)}, ${formatDistance(ms, nowMs)}`;
  const columns = {
    at: { title: 'WHEN', cell: ({ atMs }) => when(atMs) },
    who: {
      title: 'WHO',
      cell: ({ actor, role, door }) => `${oneLine(actor)} (${role === null ? '' : `${role}, `}${door})`,
    },
    action: { title: 'ACTION', cell: ({ action }) => action },
    event: { title: 'EVENT', cell: ({ eventId }) => eventId ?? '' },
    what: {
      title: 'WHAT, AND WHY',
      cell: (entry) =>
        oneLine([formatChange(entry), entry.reason === null ? '' : `“${entry.reason}”`].filter(Boolean).join('  ')),
    },
  } satisfies Record<string, Column<AuditRow>>;
  const { at, who, action, event, what } = columns;
  return formatTable(
    entries,
    [
      { columns: [at, who, action, event, what], elastic: 4 },
      { columns: [at, who, action, event, what], elastic: 4 },
      { columns: [at, who, action, event], elastic: 1 },
    ],
    { columnsMax: look.columns, title: (title) => look.paint('bold', title) },
  );
}
