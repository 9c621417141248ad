import { formatFigure, formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { eventHref } from './place.ts';
import { nextEventsQuery } from './queries.ts';
import { useOwnQuery } from './use-query.ts';

const most = 2;

/**
 * Shows other events that still have coupons. The page asks for them once, at a random moment, so that a crowd does not
 * ask all at once.
 */
export function NextEvents({ but }: { but: string }) {
  const { client, language, messages } = usePage();
  const { data } = useOwnQuery(() => nextEventsQuery(client));
  const next = (data ?? [])
    .filter(({ id, phase }) => id !== but && (phase === 'open' || phase === 'scheduled'))
    .slice(0, most);
  if (next.length === 0) {
    return (
      <div className="next-events">
        {data === undefined ? null : (
          <a className="more" href="/">
            {messages.event.toList}
          </a>
        )}
      </div>
    );
  }
  return (
    <nav className="next-events" aria-label={messages.claim.next}>
      <p className="next-title" aria-hidden>
        {messages.claim.next}
      </p>
      <ul>
        {next.map((event) => (
          <li key={event.id}>
            <a href={eventHref(event.id)}>
              <strong>
                {formatFigure(language, event.amount, event.currency)} {messages.off}
              </strong>
              <span>{event.name}</span>
              <span className="meta">
                {event.phase === 'open' ? messages.list.phase.open : formatMoment(messages, Date.parse(event.opensAt))}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
