import type { AdminEventView } from '../core/views/event-view.ts';
import type { RemoteAdmin } from './api-client.ts';

/** The largest page that the API returns. */
const pageMax = 100;

/** Yields every event, newest first. */
export async function* allEvents(admin: Pick<RemoteAdmin, 'list'>): AsyncGenerator<AdminEventView> {
  let cursor: string | undefined;
  do {
    const page = await admin.list({ cursor, limit: pageMax });
    yield* page.events;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
