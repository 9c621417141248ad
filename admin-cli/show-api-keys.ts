import type { ApiKeyView } from '../core/access/api-key.ts';
import { showApiKey } from '../core/wire/api-key-wire.ts';
import { formatDistance, formatInstantShort } from './format-time.ts';
import type { Look, Shown } from './output.ts';
import { oneLine } from './plain-text.ts';
import type { Moment } from './show-event.ts';
import { formatFields, formatTable, formatTsv, type Column } from './table.ts';

/** The data about the keys, never the keys themselves. */
export function showApiKeys(keys: readonly ApiKeyView[], moment: Moment): Shown {
  return {
    json: () => keys.map(showApiKey),
    plain: () =>
      formatTsv(
        fields,
        keys.map((key) => fields.map((field) => showApiKey(key)[field])),
      ),
    terminal: (look) => keyTable(keys, moment, look),
  };
}

export function showOneApiKey(key: ApiKeyView, moment: Moment): Shown {
  return {
    json: () => showApiKey(key),
    plain: () => formatFields(showApiKey(key)),
    terminal: (look) => keyTable([key], moment, look),
  };
}

const fields = [
  ...(['id', 'name', 'role', 'state', 'createdBy', 'createdAt'] as const),
  ...(['expiresAt', 'lastUsedAt', 'revokedAt'] as const),
] as const;

function keyTable(keys: readonly ApiKeyView[], { nowMs, timeZone }: Moment, look: Look): string {
  const when = (ms: number) => `${formatInstantShort(ms, timeZone)}, ${formatDistance(ms, nowMs)}`;
  const columns = {
    id: { title: 'ID', cell: ({ id }) => id },
    name: { title: 'NAME', cell: ({ name }) => name },
    role: { title: 'ROLE', cell: ({ role }) => role },
    state: {
      title: 'STATE',
      cell: ({ state }) => state,
      paint: ({ state }, text) => look.paint(state === 'live' ? 'green' : 'dim', text),
    },
    expires: { title: 'EXPIRES', cell: ({ expiresAtMs }) => (expiresAtMs === null ? 'never' : when(expiresAtMs)) },
    used: {
      title: 'LAST USED',
      cell: ({ lastUsedAtMs }) => (lastUsedAtMs === null ? 'never' : formatDistance(lastUsedAtMs, nowMs)),
    },
    by: { title: 'CREATED BY', cell: ({ createdBy }) => oneLine(createdBy) },
  } satisfies Record<string, Column<ApiKeyView>>;
  const { id, name, role, state, expires, used, by } = columns;
  return formatTable(
    keys,
    [
      { columns: [id, name, role, state, expires, used, by], elastic: 6 },
      { columns: [id, name, role, state, expires, used], elastic: 1 },
    ],
    { columnsMax: look.columns, title: (text) => look.paint('bold', text) },
  );
}
