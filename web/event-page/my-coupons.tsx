import { useEffect } from 'react';
import { failureOf, type ListedCoupon } from '../shared/client.ts';
import { CopyCode } from '../shared/copy-code.tsx';
import { formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { EmptyState } from './empty-state.tsx';
import { eventHref } from './place.ts';
import { myCouponsQuery } from './queries.ts';
import { SignIn } from './sign-in.tsx';
import { Amount } from './ticket.tsx';
import { useOwnQuery } from './use-query.ts';
import { isExpired, ValidUntil } from './valid-until.tsx';

export function MyCoupons() {
  const { client, messages, shopName } = usePage();
  const { data: coupons, error, failures } = useOwnQuery(() => myCouponsQuery(client));
  useEffect(() => {
    document.title = `${messages.title.mine} · ${shopName}`;
  }, [messages, shopName]);
  const { mine: texts } = messages;
  const signedOut = error !== null && failureOf(error).kind === 'not_signed_in';
  return (
    <>
      <h1>{messages.title.mine}</h1>
      {signedOut ? (
        <div className="message">
          <SignIn text={texts.signInMore} />
        </div>
      ) : coupons === undefined ? (
        <p role="status">{failures > 0 ? texts.failed : messages.loading}</p>
      ) : coupons.length === 0 ? (
        <EmptyState title={texts.none} text={texts.noneMore} href="/" action={messages.event.toList} />
      ) : (
        <ul className="coupons">
          {coupons.map((coupon) => (
            <CouponItem key={`${coupon.eventId} ${coupon.round}`} coupon={coupon} />
          ))}
        </ul>
      )}
      {signedOut ? null : <p className="meta lag">{texts.lag}</p>}
    </>
  );
}

function CouponItem({ coupon }: { coupon: ListedCoupon }) {
  const { clock, messages } = usePage();
  const { coupon: texts } = messages;
  const { validUntil } = coupon;
  const expired = isExpired(validUntil, clock.nowMs());
  return (
    <li className="ticket" data-mark={expired}>
      <div className="face">
        <h2 className="event-name">
          <a href={eventHref(coupon.eventId)}>{coupon.eventName}</a>
        </h2>
        <Amount amount={coupon.amount} currency={coupon.currency} />
        {expired ? <span className="stamp">{texts.expired}</span> : null}
      </div>
      <div className="stub stub-code">
        <CopyCode code={coupon.code} />
        <ValidUntil at={validUntil} />
        <p className="meta">
          {texts.serial(coupon.serial)} · {texts.claimedAt}{' '}
          <time dateTime={coupon.claimedAt}>{formatMoment(messages, Date.parse(coupon.claimedAt))}</time>
        </p>
      </div>
    </li>
  );
}
