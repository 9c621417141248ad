import type { FaultsPage } from '../core/admin/fault-admin.ts';
import type { ClaimFaultView } from '../core/claims/claim-faults.ts';
import { faultState, showClaimFault, showClaimFaults } from '../core/wire/claim-fault-wire.ts';
import { formatDistance, formatInstantShort } from './format-time.ts';
import type { Look, Shown } from './output.ts';
import type { Style } from './paint.ts';
import { oneLine } from './plain-text.ts';
import type { Moment } from './show-event.ts';
import { formatFields, formatTable, formatTsv, type Column } from './table.ts';

export function showFaults(page: FaultsPage, moment: Moment): Shown {
  const { faults, open } = page;
  return {
    json: () => showClaimFaults(page),
    plain: () =>
      formatTsv(
        fields,
        faults.map((fault) => fields.map((field) => showClaimFault(fault)[field])),
      ),
    terminal: (look) =>
      faults.length === 0
        ? 'None: MySQL has stored every claim of this event.'
        : [openLine(open, look), '', faultTable(faults, moment, look)].join('\n'),
  };
}

export function showSettledFault(fault: ClaimFaultView, moment: Moment): Shown {
  return {
    json: () => showClaimFault(fault),
    plain: () => formatFields(showClaimFault(fault)),
    terminal: (look) => faultTable([fault], moment, look),
  };
}

const fields = [
  ...(['id', 'round', 'state', 'serial', 'userId', 'claimedAt', 'reason', 'detail', 'since'] as const),
  ...(['settledAt', 'settledBy', 'settledReason'] as const),
] as const;

const openLine = (open: number, look: Look): string =>
  open === 0 ? look.paint('green', 'No fault is open.') : look.paint('red', `${open.toLocaleString('en-US')} open.`);

function faultTable(faults: readonly ClaimFaultView[], { nowMs, timeZone }: Moment, look: Look): string {
  const when = (ms: number) => `${formatInstantShort(ms, timeZone)}, ${formatDistance(ms, nowMs)}`;
  const columns = {
    id: { title: 'ID', cell: ({ id }) => String(id) },
    round: { title: 'ROUND', cell: ({ round }) => String(round) },
    state: {
      title: 'STATE',
      cell: (fault) => faultState(fault),
      paint: (fault, text) => look.paint(looks[faultState(fault)], text),
    },
    serial: { title: 'SERIAL', cell: ({ serial }) => (serial === null ? '-' : String(serial)) },
    user: { title: 'USER', cell: ({ userId }) => oneLine(userId) },
    why: { title: 'WHY', cell: ({ reason, detail }) => `${reason}: ${oneLine(detail)}` },
    since: { title: 'SINCE', cell: ({ createdAtMs }) => when(createdAtMs) },
    settled: {
      title: 'SETTLED',
      cell: ({ settled }) =>
        settled === null ? '-' : `${when(settled.atMs)}, by ${oneLine(settled.by)}: ${oneLine(settled.reason)}`,
    },
  } satisfies Record<string, Column<ClaimFaultView>>;
  const { id, round, state, serial, user, why, since, settled } = columns;
  return formatTable(
    faults,
    [
      { columns: [id, round, state, serial, user, why, since, settled], elastic: 7 },
      { columns: [id, round, state, serial, user, why, settled], elastic: 6 },
      { columns: [id, round, state, serial, user, why], elastic: 5 },
    ],
    { columnsMax: look.columns, title: (text) => look.paint('bold', text) },
  );
}

const looks = { open: 'red', stored: 'green', settled: 'dim' } as const satisfies Record<
  ReturnType<typeof faultState>,
  Style
>;
