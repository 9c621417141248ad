import { useInfiniteQuery } from '@tanstack/react-query';
import { useConsole } from './console-context.ts';
import { TroubleNote, When } from './parts.tsx';
import { approvalOf } from './later-calls.ts';
import { mayDo } from './session.ts';

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

/** All events, the newest first. */
export function EventList() {
  const { words, signed, language } = useConsole();
  const { data, error, hasNextPage, fetchNextPage } = useEventPages();
  const events = data?.pages.flatMap((page) => page.events);
  const number = new Intl.NumberFormat(language);
  return (
    <>
      <h1>{words.nav.events}</h1>
      {mayDo(signed.role, 'operator') ? (
        <a className="main-action" href="#/create">
          {words.create}
        </a>
      ) : null}
      <TroubleNote error={error} />
      {events === undefined ? <p role="status">{words.loading}</p> : null}
      {events?.length === 0 ? <p>{words.noEvents}</p> : null}
      <ul className="events">
        {events?.map((event) => (
          <li key={event.id} className="card">
            <a href={`#/events/${event.id}`}>{event.name}</a>{' '}
            <span className={`phase phase-${event.phase}`}>{words.phases[event.phase]}</span>
            {approvalOf(event)?.needsApproval === true ? <span className="phase">{words.needsApproval}</span> : null}
            {event.gateLost === true ? <span className="phase trouble">{words.gateLost}</span> : null}
            <p>
              {words.opens}: <When at={event.opensAt} />
            </p>
            <p className="meta">
              {words.issuedOf(number.format(event.issued), number.format(event.stock))} · {event.strategy}
              {event.seeded ? ` · ${words.seeded}` : ''}
            </p>
          </li>
        ))}
      </ul>
      {hasNextPage ? (
        <button type="button" className="quiet" onClick={() => void fetchNextPage()}>
          {words.more}
        </button>
      ) : null}
    </>
  );
}
