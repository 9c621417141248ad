import { QueryClient } from '@tanstack/react-query';
import { backOffMs } from './back-off.ts';
import { failureOf } from './client.ts';

/** Asks again by itself, with back-off, for as long as the server has not answered for good. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Whether the machine believes to be online says little about whether the server can be reached.
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
 * An interval that is computed once for each answer. A page that counts seconds renders often, and an interval that is
 * random each time would begin anew with every look at it.
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
