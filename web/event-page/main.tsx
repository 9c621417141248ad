import { createRoot } from 'react-dom/client';
import { createClient } from '../shared/client.ts';
import { createIdentity } from '../shared/identity.ts';
import { preferredLanguage } from '../shared/language.ts';
import { startServerClock } from '../shared/server-clock.ts';
import { App, type Shown } from './app.tsx';
import { keepOnlyCouponsOf } from './device-coupons.ts';
import { isEmbedded, reportHeight } from './embed.ts';
import { nextInstant } from './next-instant.ts';
import { paintFirst } from './paint-first.ts';
import { readPlace } from './place.ts';
import { eventQuery } from './queries.ts';
import type { Query } from './query.ts';

/** How long the page waits for the event's first answer before it draws anything. */
const patienceMs = 100;

const identity = createIdentity(() => window.firstcome, Date.now, keepOnlyCouponsOf);
const client = createClient(identity);
const next = nextInstant();
const clock = startServerClock({
  ask: async () => Date.parse((await client.getTime()).serverTime),
  nextAtMs: next.get,
});

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element #page.');
if (isEmbedded) reportHeight(root);
const place = readPlace(location.pathname);
const shown: Shown =
  place.page === 'event' ? { ...place, query: eventQuery(client, clock, place.eventId) } : { page: place.page };
const answered = shown.page === 'event' ? firstAnswer(shown.query) : undefined;
// Reads the browser's storage while the answer is on its way, because the first read takes a moment.
const preferred = preferredLanguage();
await answered;
paintFirst();
createRoot(root).render(<App shown={shown} parts={{ client, clock, identity, next }} preferred={preferred} />);

/**
 * Asks for the event, and waits briefly for the answer. The answer has usually arrived while this script was loading,
 * so a slow phone need not draw an empty ticket first.
 */
function firstAnswer<Data>(query: Query<Data>): Promise<void> {
  return new Promise((resolve) => {
    query.subscribe(resolve);
    setTimeout(resolve, patienceMs);
  });
}
