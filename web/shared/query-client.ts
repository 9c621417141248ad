import { QueryClient } from '@tanstack/react-query';
import { backOffMs } from './back-off.ts';
import { failureOf } from './client.ts';

/** Repeats a failed query with back-off until the server gives a final answer. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The browser's online state doesn't show whether the server can be reached.
        networkMode: 'always',
        staleTime: 1_000,
        retry: (_failures, error) => failureOf(error).kind === 'undecided',
        retryDelay: (failures, error) => {
          const failure = failureOf(error);
          return backOffMs(failures + 2, failure.kind === 'undecided' ? failure.retryAfterMs : 0);
        },
      },
    },
  });
}

type Answered = { state: { data: unknown; dataUpdateCount: number } };

/**
 * Computes an interval once per answer. A page that counts seconds renders often, and a new random interval at each
 * render would restart the wait.
 */
export function oncePerAnswer<Query extends Answered>(compute: (query: Query) => number | false) {
  let seen = -1;
  let value: number | false = false;
  return (query: Query): number | false => {
    if (query.state.dataUpdateCount !== seen) {
      seen = query.state.dataUpdateCount;
      value = compute(query);
    }
    return value;
  };
}
