import { QueryClient } from '@tanstack/react-query';
import { troubleOf } from './session.ts';

const undecided = (error: Error): boolean =>
  [null, 'SERVICE_UNAVAILABLE', 'TOO_MANY_REQUESTS'].includes(troubleOf(error).code);

/** Creates the console's cache of what it has read from the server. */
export const createQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { staleTime: 500, retry: (failures, error) => failures < 3 && undecided(error) },
      // Changes are not retried automatically. The admin sees why a change failed, and can send it again.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
