import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createSession, troubleOf } from './session.ts';

const undecided = (error: Error): boolean =>
  [null, 'SERVICE_UNAVAILABLE', 'TOO_MANY_REQUESTS'].includes(troubleOf(error).code);
const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 500, retry: (failures, error) => failures < 3 && undecided(error) },
    // Changes are not retried automatically: the admin sees why a change failed and can send it again.
    mutations: { retry: false, networkMode: 'always' },
  },
});
const session = createSession();
session.subscribe(() => {
  // After a sign-out, drop everything the admin has seen, because the next admin may differ. If only the token expires,
  // the page stays as it is behind the sign-in.
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
