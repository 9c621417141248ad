import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useConsole } from './console-context.ts';
import { TroubleNote, When } from './parts.tsx';
import { mayDo, type AdminEvent } from './session.ts';

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

/** All events, newest first. */
export function EventList() {
  const { words, signed, language } = useConsole();
  const { data, error, hasNextPage, fetchNextPage } = useEventPages();
  const events = data?.pages.flatMap((page) => page.events);
  const soon = openingSoon(events ?? []);
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
            {troublesOf(event).map((trouble) => (
              <span key={trouble} className="phase trouble" data-trouble={trouble}>
                {words.troubles[trouble]}
              </span>
            ))}
            {soon.has(event.id) ? <ReadinessBadge eventId={event.id} /> : null}
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

const soonMs = 3_600_000;
/** How many events are checked for readiness, and how often. Each check queries both stores. */
const soonMax = 10;
const readinessEveryMs = 15_000;

/** The events that open within the hour, soonest first, up to the limit for readiness checks. */
function openingSoon(events: readonly AdminEvent[]): Set<string> {
  const soonest = events
    .map(({ id, phase, opensAt, serverTime }) => ({ id, phase, leftMs: Date.parse(opensAt) - Date.parse(serverTime) }))
    .filter(({ phase, leftMs }) => phase === 'scheduled' && leftMs < soonMs)
    .sort((a, b) => a.leftMs - b.leftMs);
  return new Set(soonest.slice(0, soonMax).map(({ id }) => id));
}

const lagMaxMs = 10_000;

/** Problems that the list itself reveals about an event. */
function troublesOf(event: AdminEvent): ('needsApproval' | 'gateLost' | 'opensPaused' | 'lags')[] {
  const { needsApproval, gateLost, phase, paused, outboxSince, serverTime } = event;
  return [
    ...(needsApproval && phase !== 'closed' ? (['needsApproval'] as const) : []),
    ...(gateLost === true ? (['gateLost'] as const) : []),
    ...(phase === 'scheduled' && paused ? (['opensPaused'] as const) : []),
    ...(outboxSince !== null && Date.parse(serverTime) - Date.parse(outboxSince) > lagMaxMs ? (['lags'] as const) : []),
  ];
}

/** Whether an event that opens soon is ready, and if not, what is missing. */
function ReadinessBadge({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const { data } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
    refetchInterval: readinessEveryMs,
  });
  if (!data?.readiness) return null;
  const { armed, checks } = data.readiness;
  const named = (state: 'problem' | 'waiting'): string =>
    checks
      .filter((check) => check.state === state)
      .map(({ name }) => name)
      .join(', ');
  const problems = named('problem');
  if (armed) {
    return (
      <span className="phase phase-open" data-readiness="armed">
        {words.armed}
      </span>
    );
  }
  return problems === '' ? (
    <span className="phase" data-readiness="waiting">
      {words.states.waiting}: {named('waiting')}
    </span>
  ) : (
    <span className="phase trouble" data-readiness="problem">
      {words.states.problem}: {problems}
    </span>
  );
}
