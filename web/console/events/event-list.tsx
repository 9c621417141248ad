import { useInfiniteQuery } from '@tanstack/react-query';
import { PageHead } from '../parts/page-head.tsx';
import { useConsole } from '../shell/console-context.ts';
import { EventTable } from './event-table.tsx';
import { EventViewSwitch } from './event-view-switch.tsx';

/** All events, newest first, for fields in which the reader chooses an event. */
export function useEventPages() {
  const { client } = useConsole();
  return useInfiniteQuery({
    queryKey: ['events'],
    queryFn: ({ pageParam, signal }) =>
      client.admin.event.list.query(pageParam === null ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 5_000,
  });
}

/** All events, in a table. */
export function EventList() {
  const { words } = useConsole();
  return (
    <>
      <PageHead title={words.shell.nav.events} actions={<EventViewSwitch current="events" />} />
      <EventTable />
    </>
  );
}
