import { useState, useSyncExternalStore } from 'react';
import type { Query, QueryState } from './query.ts';

/** Returns a query's state. The query asks the server while the component is on the page. */
export const useQuery = <Data>(query: Query<Data>): QueryState<Data> =>
  useSyncExternalStore(query.subscribe, query.state);

/** Creates a query for this component alone, and returns its state. */
export function useOwnQuery<Data>(create: () => Query<Data>): Query<Data> & QueryState<Data> {
  const [query] = useState(create);
  return { ...query, ...useQuery(query) };
}
