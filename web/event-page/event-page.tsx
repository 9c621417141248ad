import { useEffect } from 'react';
import { failureOf } from '../shared/client.ts';
import { usePage } from '../shared/page-context.ts';
import { ClaimPanel, hasButton, type OfferPanel } from './claim-panel.tsx';
import { Countdown } from './countdown.tsx';
import { couponOnDevice } from './device-coupons.ts';
import { EventDetails } from './event-details.tsx';
import { EventTools } from './event-tools.tsx';
import type { NextInstant } from './next-instant.ts';
import { NotFound } from './not-found.tsx';
import { seenOnDevice, type SeenEvent } from './queries.ts';
import type { Query } from './query.ts';
import { StockBar } from './stock-bar.tsx';
import { Ticket } from './ticket.tsx';
import { Trouble, useTrouble } from './trouble.tsx';
import { useClaim, type ClaimView } from './use-claim.ts';
import { useQuery } from './use-query.ts';
import { WonCoupon } from './won-coupon.tsx';

/** The page of one event: its coupon, its times, and the claim button. */
export function EventPage({ eventId, query, next }: { eventId: string; query: Query<SeenEvent>; next: NextInstant }) {
  const { clock, identity, messages } = usePage();
  const { data, error, failures } = useQuery(query);
  const inTrouble = useTrouble(data === undefined && error === null);
  const silent = data === undefined && (failures > 0 || !navigator.onLine);
  const kept = silent ? couponOnDevice(eventId, identity.userId()) : null;
  const seen = data ?? (kept === null ? undefined : seenOnDevice(kept.event, clock));
  if (seen !== undefined) {
    next.set(seen.opensAtMs);
    return <SeenEventPage seen={seen} unreachable={data === undefined} refresh={query.refresh} />;
  }
  if (error !== null && failureOf(error).kind === 'refused') return <NotFound />;
  if (inTrouble) return <Trouble onRetry={query.refresh} />;
  return (
    <article className="event event-loading">
      <h1 className="unseen">{messages.loading}</h1>
      <div className="ticket ticket-blank" aria-hidden />
    </article>
  );
}

type SeenProps = { seen: SeenEvent; unreachable: boolean; refresh: () => void };

function SeenEventPage({ seen, unreachable, refresh }: SeenProps) {
  const { shopName, setEventTheme } = usePage();
  const claim = useClaim(seen, { unreachable, refresh });
  const { event } = seen;
  const theme = JSON.stringify(event.theme);
  useEffect(() => setEventTheme(theme), [theme, setEventTheme]);
  useEffect(() => {
    document.title = `${event.name} · ${shopName}`;
  }, [event.name, shopName]);
  const { panel } = claim;
  if (panel.shows === 'coupon') {
    return <WonCoupon event={event} claim={panel.claim} fresh={claim.fresh} fromDevice={claim.fromDevice} />;
  }
  return <Offer seen={seen} panel={panel} claim={claim} />;
}

type OfferProps = {
  seen: SeenEvent;
  panel: OfferPanel;
  claim: Pick<ClaimView, 'opened'> & { claimant: Pick<ClaimView['claimant'], 'claim'> };
};

/**
 * The event as somebody without a coupon sees it, before, during and after the sale. Nothing on the page moves before
 * the claim is answered.
 */
export function Offer({ seen, panel, claim }: OfferProps) {
  const { messages } = usePage();
  const { event, opensAtMs } = seen;
  const { claim: texts } = messages;
  const mark = panel.shows === 'sold_out' ? texts.soldOutMark : panel.shows === 'closed' ? texts.closedMark : null;
  const isOver = mark !== null;
  // A notice and a button have different places in the layout, so React must create the elements anew.
  const kind = hasButton(panel) ? 'button' : 'notice';
  return (
    <article className="event" data-kind={kind}>
      <Ticket event={event} mark={mark} />
      <div className="side" key={kind}>
        {isOver ? null : (
          <div className="until">
            {claim.opened ? (
              <StockBar remaining={event.remaining} stock={event.stock} />
            ) : (
              <Countdown untilMs={opensAtMs} />
            )}
            <span role="status" className="unseen">
              {claim.opened && event.phase === 'scheduled' ? messages.event.openNow : ''}
            </span>
          </div>
        )}
        <ClaimPanel seen={seen} panel={panel} onClaim={claim.claimant.claim} />
        <EventTools event={event} withCalendar={!claim.opened && panel.shows !== 'closed'} />
      </div>
      <EventDetails key={`details ${kind}`} event={event} />
    </article>
  );
}
