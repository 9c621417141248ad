import { eventPhase, phases, type Phase } from '../../core/events/phase.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { allEvents } from '../all-events.ts';
import { defineCommand, type Values } from '../command.ts';
import { listedFields, showEventIds, showEvents } from '../show-event.ts';
import { UsageError } from '../usage-error.ts';

const orders = ['phase', 'created', 'opens', 'name', 'issued'] as const;
type Order = (typeof orders)[number];

const args = {
  phase: {
    type: 'string',
    value: 'phases',
    summary: `Only these phases, separated by commas: ${[...phases].reverse().join(', ')}`,
    choices: phases,
    list: true,
  },
  search: { type: 'string', value: 'text', summary: 'Only events with this text in their name or id' },
  sort: {
    type: 'string',
    value: 'order',
    summary: 'How to sort; default: phase, open ones first',
    choices: orders,
  },
  columns: {
    type: 'string',
    value: 'columns',
    summary: 'Only these columns, separated by commas, such as name,issued',
    choices: listedFields,
    list: true,
  },
  quiet: { type: 'boolean', short: 'q', summary: 'Print only ids, one per line' },
  limit: { type: 'integer', value: 'number', summary: 'Show at most this many (default: 50)' },
  all: { type: 'boolean', summary: 'Show every event' },
} as const;

export const eventList = defineCommand({
  name: 'event list',
  summary: 'Show events, open ones first.',
  details: 'Paused, scheduled, sold-out and closed events follow. Within each phase, the newest come first.',
  examples: [
    { says: 'Open events first', line: 'event list' },
    { says: 'The ids of all open or paused events', line: 'event list --phase open,paused --all -q' },
    { says: 'The best sellers, with three columns', line: 'event list --sort issued --columns name,issued,stock' },
  ],
  args,
  async handler(values, { api, moment, out }) {
    const limit = limitOf(values);
    const { admin } = await api();
    const found: AdminEventView[] = [];
    let total = 0;
    const { nowMs } = await moment();
    for await (const event of allEvents(admin)) {
      total += 1;
      if (matches(event, values, nowMs)) found.push(event);
    }
    if (total === 0) out.note('There are no events yet. `coupon-admin event create --help` shows how to make one.');
    else if (found.length === 0) out.note(`None of the ${total} events matches.`);
    const events = sorted(found, values.sort ?? 'phase', nowMs).slice(0, limit);
    out.show(values.quiet ? showEventIds(events) : showEvents(events, await moment(), values.columns));
    if (found.length > events.length) {
      out.note(`These are ${events.length} of ${found.length} events; --limit or --all shows more.`);
    }
  },
});

function limitOf({ limit, all }: Values<typeof args>): number {
  if (all && limit !== undefined) throw new UsageError('--all shows every event, so it takes no --limit.');
  if (limit !== undefined && limit < 1) throw new UsageError('--limit must be at least 1.');
  return all ? Infinity : (limit ?? 50);
}

function matches(event: AdminEventView, { phase, search }: Values<typeof args>, nowMs: number): boolean {
  const text = search?.trim().toLowerCase() ?? '';
  return (
    (phase === undefined || phase.includes(eventPhase(event, nowMs))) &&
    [event.name, event.eventId].some((held) => held.toLowerCase().includes(text))
  );
}

const rank: Record<Phase, number> = { open: 0, paused: 1, scheduled: 2, sold_out: 3, closed: 4 };

/** Sorts `events`. Events that compare as equal keep their order, newest first. */
function sorted(events: readonly AdminEventView[], order: Order, nowMs: number): AdminEventView[] {
  switch (order) {
    case 'phase':
      return events.toSorted((a, b) => rank[eventPhase(a, nowMs)] - rank[eventPhase(b, nowMs)]);
    case 'created':
      return [...events];
    case 'opens':
      return events.toSorted((a, b) => b.opensAtMs - a.opensAtMs);
    case 'name':
      return events.toSorted((a, b) => a.name.localeCompare(b.name));
    case 'issued':
      return events.toSorted((a, b) => b.issued - a.issued);
  }
}
