import type { FieldName } from '../core/events/event-fields.ts';
import { eventPhase, type Phase } from '../core/events/phase.ts';
import { parseTheme } from '../core/events/theme.ts';
import type { AdminEventView } from '../core/views/event-view.ts';
import { eventJson, type EventJson } from './event-json.ts';
import { formatMoney } from './format-money.ts';
import { formatDistance, formatInstant, formatInstantShort, formatSpan } from './format-time.ts';
import type { Look, Shown } from './output.ts';
import type { Style } from './paint.ts';
import { oneLine, plainText } from './plain-text.ts';
import { formatFields, formatTable, formatTsv, type Column } from './table.ts';

/**
 * Formats one event. `nowMs` is the time by the clock that decides claims. `timeZone` is the user's, for events without
 * a time zone.
 */
export type Moment = { nowMs: number; timeZone: string };

export function showEvent(event: AdminEventView, moment: Moment): Shown {
  return {
    json: () => eventJson(event, moment.nowMs),
    plain: () => {
      const { readiness, theme, ...fields } = eventJson(event, moment.nowMs);
      const checks: [string, string][] = (readiness?.checks ?? []).map(({ name, state, detail }) => [
        `check.${name}`,
        `${state}: ${detail}`,
      ]);
      return formatFields({
        ...fields,
        theme: theme && JSON.stringify(theme),
        armed: readiness?.armed ?? null,
        ...Object.fromEntries(checks),
      });
    },
    terminal: (look) => eventCard(event, moment, look),
  };
}

/** Formats events, one per line, with the given columns. Without given columns, uses all that fit. */
export function showEvents(events: readonly AdminEventView[], moment: Moment, columns?: readonly ListedField[]): Shown {
  const rows = () => events.map((event) => eventJson(event, moment.nowMs));
  const fields = columns ?? listedFields;
  return {
    json: () =>
      columns === undefined
        ? rows()
        : rows().map((row) => Object.fromEntries(columns.map((field) => [field, row[field]]))),
    plain: () =>
      formatTsv(
        fields,
        rows().map((row) => fields.map((field) => row[field])),
      ),
    terminal: (look) => (columns === undefined ? eventTable(events, moment, look) : fieldTable(rows(), columns, look)),
  };
}

/** Shows only the ids, as input for other commands. */
export function showEventIds(events: readonly AdminEventView[]): Shown {
  const ids = events.map(({ eventId }) => eventId);
  return { json: () => ids, terminal: () => ids.join('\n'), plain: () => ids.join('\n') };
}

function fieldTable(rows: readonly EventJson[], fields: readonly ListedField[], look: Look): string {
  const columns = fields.map((field) => ({
    title: field.toUpperCase(),
    cell: (row: EventJson) => oneLine(String(row[field] ?? '')),
    ...(numeric.has(field) && { align: 'right' as const }),
  }));
  const elastic = Math.max(0, fields.indexOf('name'));
  return formatTable(rows, [{ columns, elastic }], {
    columnsMax: look.columns,
    title: (text) => look.paint('bold', text),
  });
}

export const phaseLooks = {
  scheduled: { words: 'scheduled', style: 'cyan' },
  open: { words: 'open', style: 'green' },
  paused: { words: 'paused', style: 'yellow' },
  sold_out: { words: 'sold out', style: 'dim' },
  closed: { words: 'closed', style: 'dim' },
} as const satisfies Record<Phase, { words: string; style: Style }>;

/**
 * The columns of `event list` in a pipe. Scripts rely on their order, so add new ones at the end (docs/cli.md lists
 * them).
 */
export const listedFields = [
  'id',
  'name',
  'phase',
  'opensAt',
  'closesAt',
  'amount',
  'currency',
  'stock',
  'issued',
  'remaining',
  'persisted',
  'outbox',
  'strategy',
  'round',
  'version',
  'listed',
  'paused',
  'seeded',
  'gateLost',
  'needsApproval',
] as const;
type ListedField = (typeof listedFields)[number];
const numeric = new Set<ListedField>([
  ...(['amount', 'stock', 'issued', 'remaining', 'persisted', 'outbox', 'round', 'version'] as const),
]);

function eventCard(event: AdminEventView, { nowMs, timeZone }: Moment, look: Look): string {
  const phase = eventPhase(event, nowMs);
  const zone = event.timeZone ?? timeZone;
  const at = (ms: number) => `${formatInstant(ms, zone)}, ${formatDistance(ms, nowMs)}`;
  const info = formatInfo(event, at);
  const lines: [label: string, text: string][] = [
    ['event', event.eventId],
    ['phase', `${look.paint(phaseLooks[phase].style, phaseLooks[phase].words)}${phaseRemark(event, phase, nowMs)}`],
    ['opens', at(event.opensAtMs)],
    ['closes', closing(event, at)],
    [
      'coupons',
      `${count(event.issued)} of ${count(event.stock)} issued, ${count(Math.max(0, event.stock - event.issued))} left`,
    ],
    ...info.amount,
    ...(event.firstClaimedAtMs === null
      ? []
      : [['first', formatFirstClaim(event.firstClaimedAtMs, event.opensAtMs)] satisfies [string, string]]),
    ...(event.soldOutAtMs === null ? [] : [['sold out', at(event.soldOutAtMs)] satisfies [string, string]]),
    [
      'stored',
      event.outbox === null
        ? `${count(event.persisted)}, the rest is unknown because Redis does not answer`
        : `${count(event.persisted)}, ${count(event.outbox)} on the way${oldestWaits(event, nowMs)}`,
    ],
    ['seeded', event.gateLost === true ? look.paint('red', gateLostWords) : event.seeded ? 'yes' : 'not yet'],
    ...(event.needsApproval
      ? [['approval', look.paint('yellow', formatApproval(event))] satisfies [string, string]]
      : []),
    ['strategy', event.strategy],
    ['round', `${event.round}, version ${event.version}`],
    ...info.listed,
    ...info.triesMax,
    ...info.line,
    ...info.validUntilMs,
    ...info.useUrl,
    ...info.imageUrl,
    ...info.theme,
  ];
  const body = lines.map(([label, text]) => `  ${look.paint('dim', label.padEnd(labelWidth))}${text}`);
  const texts = [event.description, event.terms ?? ''].flatMap(formatText);
  return [look.paint('bold', oneLine(event.name)), ...body, ...texts, ...formatReadiness(event, look)].join('\n');
}

type Line = [label: string, text: string];

/** The lines for each field of an event. A field has no lines if it has no value, or if other lines show it. */
function formatInfo(event: AdminEventView, at: (ms: number) => string): Record<FieldName, Line[]> {
  const { amount, stock, currency, listed, imageUrl, imageAlt, useUrl, validUntilMs, theme } = event;
  const { triesMax, triesWindowMs } = event;
  const each = formatMoney(BigInt(amount), currency);
  const inAll = formatMoney(BigInt(amount) * BigInt(stock), currency);
  const alt = imageAlt === null ? '' : ` (${oneLine(imageAlt)})`;
  return {
    // Other parts show these fields: the title, and the texts below the lines.
    ...{ name: [], description: [], terms: [] },
    amount: [['worth', `${each} each, ${inAll} in total`]],
    // The lines for the amount, the times and the picture show these fields.
    ...{ currency: [], timeZone: [], imageAlt: [] },
    listed: [['listed', listed ? 'yes' : 'no']],
    imageUrl: imageUrl === null ? [] : [['picture', `${oneLine(imageUrl)}${alt}`]],
    useUrl: useUrl === null ? [] : [['used at', oneLine(useUrl)]],
    validUntilMs: validUntilMs === null ? [] : [['valid to', at(validUntilMs)]],
    triesMax: triesMax === null ? [] : [['tries', `${triesMax} a user in ${formatSpan(triesWindowMs ?? 0)}`]],
    // Shown with `triesMax`.
    triesWindowMs: [],
    line: formatLine(event, at),
    // Shown with `line`.
    ...{ lineOpensAtMs: [], admitPerSecond: [], admitPercent: [] },
    theme: theme === null ? [] : [['theme', oneLine(JSON.stringify(parseTheme(theme)))]],
  };
}

/** The line's settings; nothing if the event has no line. */
function formatLine(event: AdminEventView, at: (ms: number) => string): Line[] {
  const { line, lineOpensAtMs, admitPerSecond, admitPercent } = event;
  if (line === null || line === 'off') return [];
  const opens = lineOpensAtMs === null ? 'open at once' : `opens ${at(lineOpensAtMs)}`;
  const speed = admitPerSecond === null ? 'as fast as the stock allows' : `${count(admitPerSecond)} a second`;
  const passes = `passes for ${admitPercent ?? 100}% of the coupons left`;
  return [['line', `${line}, ${opens}, ${admitPerSecond === 0 ? 'on hold' : speed}, ${passes}`]];
}

/** Formats a text of several lines, with an empty line before it. */
function formatText(text: string): string[] {
  if (text === '') return [];
  const lines = plainText(text.replaceAll('\r\n', '\n')).split('\n');
  return ['', ...lines.map((line) => `  ${line}`)];
}

const formatApproval = ({ approvalAskedBy, eventId, version }: AdminEventView): string =>
  `waiting for ${approvalAskedBy === null ? 'another admin' : `an admin other than ${oneLine(approvalAskedBy)}`}: event approve ${eventId} --version ${version}`;

/** Formats a line for each check. If the check found a problem, the line says what to do. */
function formatReadiness({ readiness }: AdminEventView, look: Look): string[] {
  if (readiness === null) return [];
  const { armed, checks } = readiness;
  const marks = { ok: look.paint('green', 'ok'), waiting: look.paint('cyan', '..'), problem: look.paint('red', '!!') };
  return [
    '',
    `  ${look.paint('dim', 'readiness'.padEnd(labelWidth))}${armed ? look.paint('green', 'armed') : 'not armed'}`,
    ...checks.flatMap(({ name, state, detail, action }) => [
      `  ${marks[state]} ${name.padEnd(labelWidth)}${oneLine(detail)}`,
      ...(state !== 'problem' || action === null || action === ''
        ? []
        : [`     ${' '.repeat(labelWidth)}${look.paint('dim', oneLine(action))}`]),
    ]),
  ];
}

const oldestWaits = ({ outboxSinceMs }: AdminEventView, nowMs: number): string =>
  outboxSinceMs === null ? '' : `, the oldest for ${formatSpan(nowMs - outboxSinceMs)}`;

/** How long after the opening the first claim was decided. If a crowd was waiting, this is how late the sale opened. */
export const formatFirstClaim = (firstClaimedAtMs: number, opensAtMs: number): string =>
  `${formatSpan(firstClaimedAtMs - opensAtMs)} after the opening`;

const gateLostWords = 'its gate is LOST in Redis: claims get 503 gate_lost, and nothing is issued until it is repaired';

function closing(event: AdminEventView, at: (ms: number) => string): string {
  if (event.closed) return 'was closed by an operator';
  return event.closesAtMs === null ? 'when an operator closes it' : at(event.closesAtMs);
}

const labelWidth = 'readiness'.length + 2;

/** Details that the phase's name does not say. */
export function phaseRemark(event: AdminEventView, phase: Phase, nowMs: number): string {
  switch (phase) {
    case 'scheduled':
      return `, opens ${formatDistance(event.opensAtMs, nowMs)}${event.paused ? ', and is paused until it is resumed' : ''}`;
    case 'open':
      return event.closesAtMs === null ? '' : `, closes ${formatDistance(event.closesAtMs, nowMs)}`;
    case 'paused':
      return ', claims are refused until it is resumed';
    case 'sold_out':
    case 'closed':
      return '';
  }
}

function eventTable(events: readonly AdminEventView[], { nowMs, timeZone }: Moment, look: Look): string {
  const phaseOf = (event: AdminEventView) => phaseLooks[eventPhase(event, nowMs)];
  const relative = (event: AdminEventView) => formatDistance(event.opensAtMs, nowMs);
  const columns = {
    event: { title: 'EVENT', cell: (event) => event.eventId },
    name: { title: 'NAME', cell: (event) => oneLine(event.name) },
    phase: {
      title: 'PHASE',
      cell: (event) => phaseOf(event).words,
      paint: (event, text) => look.paint(phaseOf(event).style, text),
    },
    opens: { title: 'OPENS', cell: relative },
    opensAt: {
      title: 'OPENS',
      cell: (event) => `${formatInstantShort(event.opensAtMs, event.timeZone ?? timeZone)}, ${relative(event)}`,
    },
    issued: {
      title: 'ISSUED',
      cell: ({ issued, stock }) => `${count(issued)} of ${count(stock)}`,
      align: 'right',
    },
    strategy: { title: 'STRATEGY', cell: (event) => event.strategy },
  } satisfies Record<string, Column<AdminEventView>>;
  const { event, name, phase, opens, opensAt, issued, strategy } = columns;
  return formatTable(
    events,
    [
      { columns: [event, name, phase, opensAt, issued, strategy], elastic: 1 },
      { columns: [event, name, phase, opens, issued, strategy], elastic: 1 },
      { columns: [event, name, phase, opens, issued], elastic: 1 },
      { columns: [event, name, phase, opens], elastic: 1 },
    ],
    { columnsMax: look.columns, title: (text) => look.paint('bold', text) },
  );
}

export const count = (value: number): string => value.toLocaleString('en-US');
