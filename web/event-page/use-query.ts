import { useState, useSyncExternalStore } from 'react';
import type { Query, QueryState } from './query.ts';

/** Follows a query, which asks while the component is shown. */
export const useQuery = <Data>(query: Query<Data>): QueryState<Data> =>
  useSyncExternalStore(query.subscribe, query.state);

/** Follows a query of this component alone. */
export function useOwnQuery<Data>(create: () => Query<Data>): Query<Data> & QueryState<Data> {
  const [query] = useState(create);
  return { ...query, ...useQuery(query) };
}
