import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { failureOf } from '../shared/client.ts';
import { formatMoney, formatTime } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { useReached } from '../shared/use-clock.ts';
import { Words } from '../shared/words.tsx';
import { ClaimPanel } from './claim-panel.tsx';
import { Countdown } from './countdown.tsx';
import type { NextInstant } from './next-instant.ts';
import { eventQuery, type SeenEvent } from './queries.ts';

/** One event: what there is to get, when, and the button. */
export function EventPage({ eventId, next }: { eventId: string; next: NextInstant }) {
  const { client, clock, messages } = usePage();
  const [options] = useState(() => eventQuery(client, clock, eventId));
  const { data: seen, error } = useQuery(options);
  if (seen !== undefined) {
    next.set(seen.opensAtMs);
    return <SeenEventPage seen={seen} />;
  }
  const gone = error !== null && failureOf(error).kind === 'refused';
  return (
    <article className="event">
      <h1>{gone ? messages.event.notFound : messages.loading}</h1>
    </article>
  );
}

function SeenEventPage({ seen }: { seen: SeenEvent }) {
  const { clock, language, messages } = usePage();
  const { event, opensAtMs } = seen;
  const closesAtMs = event.closesAt === null ? null : Date.parse(event.closesAt);
  const opened = useReached(clock, opensAtMs) || event.phase !== 'scheduled';
  const over = useReached(clock, closesAtMs) || event.phase === 'closed';
  useEffect(() => {
    document.title = `${event.name} · ${messages.site}`;
  }, [event.name, messages]);
  const { event: texts } = messages;
  return (
    <article className="event">
      <h1>{event.name}</h1>
      <p className="amount">{formatMoney(language, event.amount, event.currency)}</p>
      <p className="stock">{texts.stock(event.stock)}</p>
      <p className="opens">
        <time dateTime={event.opensAt}>{texts.opensAt(formatTime(language, opensAtMs))}</time>
        {closesAtMs === null ? null : <> · {texts.closesAt(formatTime(language, closesAtMs))}</>}
      </p>
      <div className="until">
        {opened ? (
          <Remaining remaining={event.remaining} stock={event.stock} openNow={event.phase === 'scheduled'} />
        ) : (
          <Countdown untilMs={opensAtMs} />
        )}
      </div>
      <ClaimPanel seen={seen} opened={opened} over={over} />
      {event.description === '' ? null : <p className="description">{event.description}</p>}
    </article>
  );
}

function Remaining({ remaining, stock, openNow }: { remaining: number; stock: number; openNow: boolean }) {
  const { messages } = usePage();
  return (
    <>
      <meter aria-label={messages.event.remainingLabel} min={0} max={Math.max(1, stock)} value={remaining} />
      <span className="left">
        <Words>{messages.event.remaining(remaining, stock)}</Words>
      </span>
      <span role="status" className="unseen">
        {openNow ? messages.event.openNow : ''}
      </span>
    </>
  );
}
