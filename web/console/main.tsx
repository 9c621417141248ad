import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.tsx';
import { createQueries } from './shell/queries.ts';
import { createSession } from './shell/session.ts';
import { shareStyleNonce, styleNonce } from './shell/style-nonce.ts';
import { cssVariables, theme } from './shell/theme.ts';

const queries = createQueries();
const session = createSession();
session.subscribe(() => {
  // After a sign-out, drop everything that the console has read, because another admin may sign in next. If only the
  // token expires, the view stays as it is behind the sign-in form.
  const { signed, expired } = session.get();
  if (signed === null && !expired) queries.clear();
  if (signed !== null) void queries.invalidateQueries();
});
shareStyleNonce();

const root = document.getElementById('page');
if (root === null) throw new Error('admin.html has no element #page.');
createRoot(root).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={cssVariables}
    defaultColorScheme="auto"
    getStyleNonce={styleNonce}
  >
    <Notifications position="bottom-center" />
    <QueryClientProvider client={queries}>
      <App session={session} />
    </QueryClientProvider>
  </MantineProvider>,
);
