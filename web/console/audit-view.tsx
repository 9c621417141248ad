import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useConsole } from './console-context.ts';
import { Field, TroubleNote, When } from './parts.tsx';

const none = { eventId: '', actor: '', action: '', sinceAt: '' };

/** The audit trail: changes and look-ups with their authors, newest first. */
export function AuditView() {
  const { client, words } = useConsole();
  const [typed, setTyped] = useState(none);
  const [filter, setFilter] = useState(none);
  const { data, error, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const { sinceAt, ...texts } = filter;
      const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''));
      return client.admin.audit.list.query(
        {
          ...given,
          limit: 50,
          ...(sinceAt !== '' && { sinceAt: new Date(sinceAt).toISOString() }),
          ...(pageParam !== null && { cursor: pageParam }),
        },
        { signal },
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setFilter(typed);
  };
  const field = (name: keyof typeof none) => ({
    ...{ name, value: typed[name] },
    onValue: (value: string) => setTyped((held) => ({ ...held, [name]: value.trim() })),
  });
  const entries = data?.pages.flatMap((page) => page.entries);
  return (
    <>
      <h1>{words.nav.audit}</h1>
      <form className="row" onSubmit={submit}>
        <Field label={words.event} {...field('eventId')} />
        <Field label={words.actor} {...field('actor')} />
        <Field label={words.action} {...field('action')} placeholder="event.pause" />
        <Field label={words.since} {...field('sinceAt')} type="datetime-local" />
        <button className="quiet">{words.filter}</button>
      </form>
      <TroubleNote error={error} />
      {entries === undefined && isFetching ? <p role="status">{words.loading}</p> : null}
      {entries?.length === 0 ? <p role="status">{words.noEntries}</p> : null}
      <ol className="audit">
        {entries?.map(({ id, at, actor, role, door, action, eventId, reason, before, after }) => (
          <li key={id} className="card" data-entry={action}>
            <b>{action}</b> <When at={at} />
            <p>
              {actor} ({role ?? '–'}, {door}){' '}
              {eventId === null ? null : <a href={`#/events/${encodeURIComponent(eventId)}`}>{eventId}</a>}
            </p>
            {reason === null ? null : (
              <p className="lines">
                {words.reason}: {reason}
              </p>
            )}
            <details>
              <summary>{words.details}</summary>
              <pre tabIndex={0}>{JSON.stringify({ before, after }, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
      {hasNextPage ? (
        <button type="button" className="quiet" onClick={() => void fetchNextPage()}>
          {words.more}
        </button>
      ) : null}
    </>
  );
}
