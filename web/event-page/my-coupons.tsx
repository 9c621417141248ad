import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { failureOf } from '../shared/client.ts';
import { CopyCode } from '../shared/copy-code.tsx';
import { formatMoney, formatTime } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { Notice } from './notice.tsx';
import { myCouponsQuery } from './queries.ts';

/** All coupons of the person, of all events. */
export function MyCoupons() {
  const { client, language, messages } = usePage();
  const { data: coupons, error, failureCount } = useQuery(myCouponsQuery(client));
  useEffect(() => {
    document.title = `${messages.title.mine} · ${messages.site}`;
  }, [messages]);
  const signedOut = error !== null && failureOf(error).kind === 'not_signed_in';
  return (
    <>
      <h1>{messages.title.mine}</h1>
      {signedOut ? (
        <Notice title={messages.claim.signIn} text={messages.claim.signInMore} />
      ) : coupons === undefined ? (
        <p role="status">{failureCount > 0 ? messages.mine.failed : messages.loading}</p>
      ) : coupons.length === 0 ? (
        <p>{messages.mine.none}</p>
      ) : (
        <ul className="coupons">
          {coupons.map((coupon) => (
            <li key={`${coupon.eventId} ${coupon.round}`} className="card">
              <h2>
                <a href={`/e/${coupon.eventId}`}>{coupon.eventName}</a>
              </h2>
              <p className="amount">{formatMoney(language, coupon.amount, coupon.currency)}</p>
              <CopyCode code={coupon.code} />
              <p className="meta">
                {messages.coupon.place(coupon.serial)}{' '}
                {messages.coupon.claimedAt(formatTime(language, Date.parse(coupon.claimedAt)))}
              </p>
            </li>
          ))}
        </ul>
      )}
      <p className="meta">{messages.mine.lag}</p>
    </>
  );
}
