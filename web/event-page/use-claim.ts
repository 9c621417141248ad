import { useEffect, useState } from 'react';
import { atInstant } from '../shared/at-instant.ts';
import { failureOf, type OwnClaim } from '../shared/client.ts';
import { usePage } from '../shared/page-context.ts';
import { useReached } from '../shared/use-clock.ts';
import type { Claimant, Claiming } from './claiming.ts';
import { couponOnDevice, forgetCoupon, keepCoupon } from './device-coupons.ts';
import { panelOf, type Panel } from './panel.ts';
import { mineQuery, type SeenEvent } from './queries.ts';
import { useClaimant } from './use-claimant.ts';
import { useOwnQuery } from './use-query.ts';

/** How old an event's counts may be, including a cache's delay. */
const lagMs = 2_500;

/** What a person sees of their claim, and the claimant that the button calls. */
export type ClaimView = {
  panel: Panel;
  claimant: Claimant;
  /** Whether this page has just won the coupon. */
  fresh: boolean;
  /** Whether the coupon comes from the device, because the server can't be reached. */
  fromDevice: boolean;
  opened: boolean;
};

type Options = {
  /** Whether the event itself comes from the device, because the server can't be reached. */
  unreachable: boolean;
  /** Asks for the event again. */
  refresh: () => void;
};

export function useClaim(seen: SeenEvent, { unreachable, refresh }: Options): ClaimView {
  const { client, clock, identity } = usePage();
  const { event } = seen;
  const closesAtMs = event.closesAt === null ? null : Date.parse(event.closesAt);
  const opened = useReached(clock, seen.opensAtMs) || event.phase !== 'scheduled';
  const over = useReached(clock, closesAtMs) || event.phase === 'closed';
  const { claimant, claiming, mark } = useClaimant(event.id);
  const mine = useOwnQuery(() => mineQuery(client, event.id));
  const [askedBefore, setAskedBefore] = useState(mark.isSet);

  // The person sent a claim, but the page was reloaded before the answer arrived.
  const none = mine.data === null;
  const isKnown = mine.data !== undefined;
  useEffect(() => {
    if (!isKnown || !askedBefore) return;
    setAskedBefore(false);
    if (none && mark.isSet()) claimant.claim();
    else mark.clear();
  }, [isKnown, none, askedBefore, mark, claimant]);

  useFollowUps({ seen, claimant, claiming, setMine: mine.set, refresh });

  // If the token would expire during the sale, renew it at a random moment one to five minutes before the opening.
  useEffect(() => {
    const renewAtMs = seen.opensAtMs - 60_000 - Math.random() * 240_000;
    return atInstant(clock, renewAtMs, () => {
      const untilEndMs = seen.opensAtMs + 600_000 - clock.nowMs();
      if (untilEndMs > 0) void identity.renewFor(Date.now() + untilEndMs);
    });
  }, [seen.opensAtMs, clock, identity]);

  const won: OwnClaim | null = mine.data ?? (claiming.is === 'won' ? { ...claiming.claim, state: 'accepted' } : null);
  useEffect(() => {
    if (won !== null) keepCoupon({ userId: identity.userId(), claim: won, event });
    else if (none && claiming.is === 'idle') forgetCoupon(event.id, identity.userId());
  }, [won?.code, won?.state, none, claiming.is]);

  // Use the coupon stored on the device only if the server can't be reached.
  const mineFailure = mine.error === null ? null : failureOf(mine.error);
  const signedOut = mineFailure?.kind === 'not_signed_in' && mineFailure.isSure;
  const silent = unreachable || (mine.data === undefined && (mine.failures > 0 || !navigator.onLine));
  const kept = silent && won === null && !signedOut ? couponOnDevice(event.id, identity.userId()) : null;
  const panel = panelOf({
    phase: event.phase,
    ...{ opened, over, claiming, askedBefore },
    mine: mine.data ?? kept?.claim ?? mine.data,
    mineFailure,
  });
  const fresh = claiming.is === 'won' && !claiming.claim.replayed;
  return { panel, claimant, fresh, fromDevice: kept !== null && panel.shows === 'coupon', opened };
}

type FollowUps = Pick<Options, 'refresh'> & {
  seen: SeenEvent;
  claimant: Claimant;
  claiming: Claiming;
  setMine: (claim: OwnClaim) => void;
};

/** After a decision, reads the event again. Allows another claim if the event accepts claims again. */
function useFollowUps({ seen, claimant, claiming, setMine, refresh }: FollowUps): void {
  const { event } = seen;
  useEffect(() => {
    if (claiming.is === 'won') {
      const { serial, code, claimedAt, round } = claiming.claim;
      setMine({ serial, code, claimedAt, round, state: 'accepted' });
    }
    if (claiming.is === 'won' || claiming.is === 'lost' || claiming.is === 'moved') refresh();
  }, [claiming, setMine, refresh]);

  // A pause has ended, a top-up has added stock, or the page has read the new opening.
  useEffect(() => {
    const isNews = claiming.is === 'lost' && seen.seenAtMs > claiming.atMs + lagMs;
    if (isNews && (event.phase === 'open' || event.phase === 'scheduled')) claimant.reopen();
    if (claiming.is === 'moved' && seen.opensAtMs === claiming.opensAtMs) claimant.reopen();
  }, [seen, event.phase, claiming, claimant]);
}
