import { useEffect } from 'react';
import type { EventView } from '../shared/client.ts';
import { formatMoment, soldOutText } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { useReached } from '../shared/use-clock.ts';
import { CountdownLine } from './countdown.tsx';
import { EmptyState } from './empty-state.tsx';
import { inOrder } from './list-order.ts';
import type { NextInstant } from './next-instant.ts';
import { eventHref } from './place.ts';
import { listQuery, myCouponsQuery } from './queries.ts';
import { StockBar } from './stock-bar.tsx';
import { Amount, Picture } from './ticket.tsx';
import { Trouble, useTrouble } from './trouble.tsx';
import { useOwnQuery } from './use-query.ts';

/**
 * The list of events that have not ended. Open events come first, then future events (soonest first), then those whose
 * coupons are gone.
 */
export function EventList({ next }: { next: NextInstant }) {
  const { client, messages, shopName } = usePage();
  const { data: events, refresh } = useOwnQuery(() => listQuery(client));
  const { data: coupons } = useOwnQuery(() => myCouponsQuery(client, 30_000));
  const inTrouble = useTrouble(events === undefined);
  useEffect(() => {
    document.title = `${messages.title.list} · ${shopName}`;
  }, [messages, shopName]);
  const first = events?.find(({ phase }) => phase === 'scheduled');
  if (first !== undefined) next.set(Date.parse(first.opensAt));
  if (events === undefined && inTrouble) return <Trouble onRetry={refresh} />;
  const mine = new Set(coupons?.map(({ eventId }) => eventId));
  return (
    <>
      <h1>{messages.title.list}</h1>
      {events === undefined ? (
        <p role="status">{messages.loading}</p>
      ) : events.length === 0 ? (
        <EmptyState
          title={messages.list.none}
          text={messages.list.noneMore}
          href="/mine"
          action={messages.list.toMine}
        />
      ) : (
        <ul className="events">
          {inOrder(events).map((event) => (
            <EventItem key={event.id} event={event} have={mine.has(event.id)} />
          ))}
        </ul>
      )}
    </>
  );
}

function EventItem({ event, have }: { event: EventView; have: boolean }) {
  const { clock, messages } = usePage();
  const opensAtMs = Date.parse(event.opensAt);
  const opened = useReached(clock, opensAtMs);
  const phase = event.phase === 'scheduled' && opened ? 'open' : event.phase;
  return (
    <li className="card" data-phase={phase}>
      <a className="event-link" href={eventHref(event.id)}>
        <Picture event={event} instead={<NoPicture />} />
        <span className="marks">
          <span className="phase">{messages.list.phase[phase]}</span>
          {have ? <span className="have">{messages.list.have}</span> : null}
        </span>
        <Amount amount={event.amount} currency={event.currency} />
        <span className="event-name">{event.name}</span>
      </a>
      <div className="event-state">
        {phase === 'scheduled' ? (
          <>
            <time className="meta" dateTime={event.opensAt}>
              {formatMoment(messages, opensAtMs)}
            </time>
            <CountdownLine untilMs={opensAtMs} />
          </>
        ) : phase === 'sold_out' ? (
          <p className="meta">{soldOutText(messages, event)}</p>
        ) : (
          <StockBar remaining={event.remaining} stock={event.stock} />
        )}
      </div>
    </li>
  );
}

/** Shown in place of the picture if an event has none but other events in the list have one. */
const NoPicture = () => (
  <span className="picture picture-none" aria-hidden>
    <svg viewBox="0 0 64 40" width="64" height="40">
      <path d="M4 2h56a2 2 0 0 1 2 2v10a6 6 0 0 0 0 12v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V26a6 6 0 0 0 0-12V4a2 2 0 0 1 2-2z" />
      <path d="M44 8v24" strokeDasharray="3 4" />
    </svg>
  </span>
);
