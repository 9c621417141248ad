import type { AdminEventView } from '../../core/views/event-view.ts';
import type { RemoteAdmin } from '../api-client.ts';
import { defineCommand } from '../command.ts';
import { showEvents } from '../show-event.ts';
import { UsageError } from '../usage-error.ts';

export const eventList = defineCommand({
  name: 'event list',
  summary: 'Show events, the newest first.',
  examples: [
    { says: 'The latest events', line: 'event list' },
    {
      says: 'The ids of all that are open',
      line: `event list --limit 1000 --json | jq -r '.[] | select(.phase == "open").id'`,
    },
  ],
  args: {
    limit: { type: 'integer', value: 'number', summary: 'Show at most so many (default: 50)' },
  },
  async handler({ limit = 50 }, { api, moment, out }) {
    if (limit < 1) throw new UsageError('--limit must be at least 1.');
    const { admin } = await api();
    const { events, more } = await latest(admin, limit);
    if (events.length === 0)
      out.note('There are no events yet. `coupon-admin event create --help` shows how to make one.');
    out.show(showEvents(events, await moment()));
    if (more) out.note(`These are the ${limit} newest; --limit shows more.`);
  },
});

async function latest(admin: RemoteAdmin, limit: number): Promise<{ events: AdminEventView[]; more: boolean }> {
  const events: AdminEventView[] = [];
  let cursor: string | undefined;
  do {
    const page = await admin.list({ cursor, limit: Math.min(limit - events.length, pageMax) });
    events.push(...page.events);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && events.length < limit);
  return { events, more: cursor !== undefined };
}

const pageMax = 100;
