import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { EventView } from '../shared/client.ts';
import { formatMoney, formatTime } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { useReached } from '../shared/use-clock.ts';
import { Countdown } from './countdown.tsx';
import type { NextInstant } from './next-instant.ts';
import { listQuery } from './queries.ts';

/** All listed events that are not over. */
export function EventList({ next }: { next: NextInstant }) {
  const { client, messages } = usePage();
  const { data: events } = useQuery(listQuery(client));
  useEffect(() => {
    document.title = `${messages.title.list} · ${messages.site}`;
  }, [messages]);
  const first = events?.find(({ phase }) => phase === 'scheduled');
  if (first !== undefined) next.set(Date.parse(first.opensAt));
  return (
    <>
      <h1>{messages.title.list}</h1>
      {events === undefined ? (
        <p role="status">{messages.loading}</p>
      ) : events.length === 0 ? (
        <p>{messages.list.none}</p>
      ) : (
        <ul className="events">
          {events.map((event) => (
            <EventItem key={event.id} event={event} />
          ))}
        </ul>
      )}
    </>
  );
}

function EventItem({ event }: { event: EventView }) {
  const { clock, language, messages } = usePage();
  const opensAtMs = Date.parse(event.opensAt);
  const opened = useReached(clock, opensAtMs);
  const phase = event.phase === 'scheduled' && opened ? 'open' : event.phase;
  return (
    <li className="card">
      <a className="event-link" href={`/e/${event.id}`}>
        <span className="event-name">{event.name}</span>
        <span className="amount">{formatMoney(language, event.amount, event.currency)}</span>
        <span className="meta">{messages.event.stock(event.stock)}</span>
        <span className="meta">{messages.event.opensAt(formatTime(language, opensAtMs))}</span>
        <span className={`phase phase-${phase}`}>{messages.list.phase[phase]}</span>
      </a>
      {phase === 'scheduled' ? <Countdown untilMs={opensAtMs} /> : null}
    </li>
  );
}
