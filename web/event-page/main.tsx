import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createClient } from '../shared/client.ts';
import { createIdentity } from '../shared/identity.ts';
import { createQueryClient } from '../shared/query-client.ts';
import { startServerClock } from '../shared/server-clock.ts';
import { App } from './app.tsx';
import { keepOnlyCouponsOf } from './device-coupons.ts';
import { isEmbedded, reportHeight } from './embed.ts';
import { nextInstant } from './next-instant.ts';
import { readPlace } from './place.ts';

const identity = createIdentity(() => window.firstcome, Date.now, keepOnlyCouponsOf);
const client = createClient(identity);
const next = nextInstant();
const clock = startServerClock({
  ask: async () => Date.parse((await client.clock.get.query()).serverTime),
  nextAtMs: next.get,
});

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element #page.');
if (isEmbedded) reportHeight(root);
createRoot(root).render(
  <QueryClientProvider client={createQueryClient()}>
    <App place={readPlace(location.pathname)} parts={{ client, clock, identity, next }} />
  </QueryClientProvider>,
);
