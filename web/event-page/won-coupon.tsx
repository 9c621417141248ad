import { useEffect, useRef, useState } from 'react';
import type { EventView, OwnClaim } from '../shared/client.ts';
import { CopyCode } from '../shared/copy-code.tsx';
import { formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { Words } from '../shared/words.tsx';
import { CodePictures } from './code-pictures.tsx';
import { isEmbedded } from './embed.ts';
import { EventDetails } from './event-details.tsx';
import { keepOffline } from './keep-offline.ts';
import { Share } from './share.tsx';
import { Amount } from './ticket.tsx';
import { isExpired, ValidUntil } from './valid-until.tsx';

type Props = {
  event: EventView;
  claim: OwnClaim;
  /**
   * Whether this page has just won the coupon. If so, confetti falls and the focus moves from the button to the coupon.
   */
  fresh: boolean;
  fromDevice: boolean;
};

/** The person's coupon: its value, where to use it, and its code in every form that a till accepts. */
export function WonCoupon({ event, claim, fresh, fromDevice }: Props) {
  const { clock, messages } = usePage();
  const expired = isExpired(event.validUntil, clock.nowMs());
  // Draw only the ticket with a new coupon's code at first. Draw everything around it in the next frame.
  const [isDrawn, setDrawn] = useState(!fresh);
  useEffect(() => setDrawn(true), []);
  useEffect(() => (isEmbedded ? undefined : keepOffline()), []);
  return (
    <article className="event event-won" data-fresh={fresh}>
      <section className="claim coupon" aria-live="polite" data-shows="coupon" data-state={claim.state}>
        {fresh && isDrawn ? <Confetti /> : null}
        <WonTicket event={event} claim={claim} fresh={fresh} expired={expired} />
        {fromDevice ? (
          <p className="from-device" role="status">
            {messages.coupon.offline}
          </p>
        ) : null}
      </section>
      {isDrawn ? <Surroundings event={event} claim={claim} expired={expired} /> : null}
    </article>
  );
}

/** What a person may do with the coupon, and the event's texts. */
function Surroundings({ event, claim, expired }: Pick<Props, 'event' | 'claim'> & { expired: boolean }) {
  const { messages } = usePage();
  return (
    <>
      <div className="side">
        {event.useUrl === null || expired ? null : (
          <a className="primary" href={event.useUrl} target="_blank" rel="noopener">
            {messages.coupon.use}
          </a>
        )}
        <div className="tools">
          <Share title={event.name} />
          <a className="quiet" href="/mine">
            {messages.nav.mine}
          </a>
        </div>
        <Record claim={claim} />
      </div>
      <EventDetails event={{ ...event, validUntil: null }} />
    </>
  );
}

function WonTicket({ event, claim, fresh, expired }: Omit<Props, 'fromDevice'> & { expired: boolean }) {
  const { messages } = usePage();
  const { coupon: texts } = messages;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!fresh) return;
    heading.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [fresh]);
  return (
    <div className="ticket" data-mark={expired}>
      <div className="face">
        <h2 ref={heading} tabIndex={-1}>
          {expired ? null : <Check />}
          {fresh ? texts.title : texts.again}
        </h2>
        <p className="place">{texts.place(claim.serial)}</p>
        <Amount amount={event.amount} currency={event.currency} />
        <h1 className="event-name">{event.name}</h1>
        {expired ? <span className="stamp">{texts.expired}</span> : null}
      </div>
      <div className="stub stub-code">
        <CopyCode code={claim.code} />
        {/* A till refuses an expired coupon. The code stays, because customer service may ask for it. */}
        {expired ? null : <CodePictures code={claim.code} />}
        <ValidUntil at={event.validUntil} />
      </div>
    </div>
  );
}

function Record({ claim }: { claim: OwnClaim }) {
  const { messages } = usePage();
  const { coupon: texts } = messages;
  return (
    <details className="record">
      <summary>{texts.details}</summary>
      <dl>
        <dt>{texts.number}</dt>
        <dd>{texts.serial(claim.serial)}</dd>
        <dt>{texts.claimedAt}</dt>
        <dd>
          <time dateTime={claim.claimedAt}>{formatMoment(messages, Date.parse(claim.claimedAt))}</time>
        </dd>
        <dt>{texts.stored}</dt>
        <dd className="stored">
          <Words>{claim.state === 'persisted' ? texts.persisted : texts.accepted}</Words>
        </dd>
      </dl>
    </details>
  );
}

const pieces = Array.from({ length: 18 }, (_, at) => at);

/** Confetti that falls once behind the coupon, but not for visitors who prefer reduced motion. */
const Confetti = () => (
  <div className="confetti" aria-hidden>
    {pieces.map((at) => (
      <i key={at} />
    ))}
  </div>
);

const Check = () => (
  <svg className="check" viewBox="0 0 24 24" width="24" height="24" aria-hidden>
    <circle cx="12" cy="12" r="12" fill="currentColor" />
    <path d="m6.5 12.5 3.8 3.8 7.4-8" fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);
