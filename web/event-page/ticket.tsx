import { useState, type CSSProperties, type ReactNode } from 'react';
import type { EventView } from '../shared/client.ts';
import { emsOf, formatFigure, formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';

/** The font size of the words next to the figure, as a share of the figure's. The styles use the same number. */
const offPart = 0.42;
/** A figure narrower than this is drawn as if it had this width, so that it does not become too large. */
const leastEms = 3.6;

/** The coupon's value: a figure and words next to it, on one line that fills the ticket's width. */
export function Amount({ amount, currency }: { amount: number; currency: string }) {
  const { language, messages } = usePage();
  const figure = formatFigure(language, amount, currency);
  const ems = Math.max(leastEms, emsOf(figure) + offPart * emsOf(` ${messages.off}`));
  return (
    <p className="amount" style={{ '--ems': ems.toFixed(2) } as CSSProperties}>
      <span className="figure">{figure}</span> <span className="off">{messages.off}</span>
    </p>
  );
}

type Pictured = { event: Pick<EventView, 'imageUrl' | 'imageAlt'>; instead?: ReactNode };

/**
 * The event's picture, or `instead` if there is none. The box has its final size before the picture loads. If the
 * picture fails to load, the box stays empty.
 */
export function Picture({ event, instead = null }: Pictured) {
  const { mayShow } = usePage();
  const [failed, setFailed] = useState(false);
  if (event.imageUrl === null || !mayShow(event.imageUrl)) return instead;
  return (
    <div className="picture">
      {failed ? null : <img src={event.imageUrl} alt={event.imageAlt ?? ''} onError={() => setFailed(true)} />}
    </div>
  );
}

type Props = { event: EventView; mark?: string | null; children?: ReactNode };

/** The coupon that the event offers. The stub shows the times and the stock. */
export function Ticket({ event, mark = null }: Props) {
  const { messages } = usePage();
  const { event: texts } = messages;
  const moment = (at: string): ReactNode => <time dateTime={at}>{formatMoment(messages, Date.parse(at))}</time>;
  return (
    <section className="ticket" data-mark={mark !== null}>
      <Picture event={event} />
      <div className="face">
        <h1 className="event-name">{event.name}</h1>
        <Amount amount={event.amount} currency={event.currency} />
        {mark === null ? null : (
          <span className="stamp" aria-hidden>
            {mark}
          </span>
        )}
      </div>
      <dl className="stub">
        <div>
          <dt>{texts.opens}</dt>
          <dd>{moment(event.opensAt)}</dd>
        </div>
        {event.closesAt === null ? null : (
          <div>
            <dt>{texts.closes}</dt>
            <dd>{moment(event.closesAt)}</dd>
          </div>
        )}
        <div>
          <dt>{texts.stockLabel}</dt>
          <dd>{texts.stock(event.stock)}</dd>
        </div>
      </dl>
    </section>
  );
}
