import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createSession, troubleOf } from './session.ts';

const undecided = (error: Error): boolean =>
  [null, 'SERVICE_UNAVAILABLE', 'TOO_MANY_REQUESTS'].includes(troubleOf(error).code);
const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 500, retry: (failures, error) => failures < 3 && undecided(error) },
    // A change is sent again by whoever sent it: they see why it did not go through.
    mutations: { retry: false, networkMode: 'always' },
  },
});
const session = createSession();
session.subscribe(() => {
  // What was seen is nobody else's; a token that ended keeps the page as it is, behind the sign-in.
  const { signed, expired } = session.get();
  if (signed === null && !expired) queries.clear();
  if (signed !== null) void queries.invalidateQueries();
});

const root = document.getElementById('page');
if (root === null) throw new Error('admin.html has no element #page.');
createRoot(root).render(
  <QueryClientProvider client={queries}>
    <App session={session} />
  </QueryClientProvider>,
);
