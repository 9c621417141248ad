import { useEffect, useRef } from 'react';
import type { OwnClaim } from '../shared/client.ts';
import { CopyCode } from '../shared/copy-code.tsx';
import { formatTime } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { Words } from '../shared/words.tsx';

/** The person's coupon. `fresh`: it was got on this page just now, and takes the focus that the button had. */
export function CouponCard({ claim, fresh }: { claim: OwnClaim; fresh: boolean }) {
  const { language, messages } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (fresh) heading.current?.focus({ preventScroll: true });
  }, [fresh]);
  const { coupon } = messages;
  return (
    <div className="coupon">
      <h2 ref={heading} tabIndex={-1}>
        {fresh ? coupon.title : coupon.again}
      </h2>
      <CopyCode code={claim.code} />
      <p className="place">{coupon.place(claim.serial)}</p>
      <p className="stored" role="status" data-state={claim.state}>
        <Words>{claim.state === 'persisted' ? coupon.persisted : coupon.accepted}</Words>
      </p>
      <p className="meta">{coupon.claimedAt(formatTime(language, Date.parse(claim.claimedAt)))}</p>
    </div>
  );
}
