import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { atInstant } from '../shared/at-instant.ts';
import { failureOf, type OwnClaim } from '../shared/client.ts';
import { formatDuration, formatTime } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { Words } from '../shared/words.tsx';
import { CouponCard } from './coupon-card.tsx';
import { Notice } from './notice.tsx';
import { panelOf } from './panel.ts';
import { eventQuery, mineQuery, type SeenEvent } from './queries.ts';
import { useClaimant } from './use-claimant.ts';

/** What an event's counts may lag behind its decisions, with a cache on the way. */
const lagMs = 2_500;

type Props = { seen: SeenEvent; opened: boolean; over: boolean };

/** The button, and everything that may stand in its place. The box keeps its size, whatever is in it. */
export function ClaimPanel({ seen, opened, over }: Props) {
  const { client, clock, identity, language, messages } = usePage();
  const { event } = seen;
  const queries = useQueryClient();
  const { claimant, claiming, mark } = useClaimant(event.id);
  const [mineOptions] = useState(() => mineQuery(client, event.id));
  const mine = useQuery(mineOptions);
  const [askedBefore, setAskedBefore] = useState(mark.isSet);
  const refresh = (): void => void queries.invalidateQueries(eventQuery(client, clock, event.id));

  // Somebody asked, and the page was loaded anew before the answer came.
  const none = mine.isSuccess && mine.data === null;
  useEffect(() => {
    if (!mine.isSuccess || !askedBefore) return;
    setAskedBefore(false);
    if (none && mark.isSet()) claimant.claim();
    else mark.clear();
  }, [mine.isSuccess, none, askedBefore, mark, claimant]);

  useEffect(() => {
    if (claiming.is === 'won') {
      const { serial, code, claimedAt, round } = claiming.claim;
      queries.setQueryData<OwnClaim>(['claim.mine', event.id], { serial, code, claimedAt, round, state: 'accepted' });
      refresh();
    }
    if (claiming.is === 'lost' || claiming.is === 'moved') refresh();
  }, [claiming, queries, mineOptions]);

  // The event goes on: its pause is over, or stock was added.
  useEffect(() => {
    const isNews = claiming.is === 'lost' && seen.seenAtMs > claiming.atMs + lagMs;
    if (isNews && (event.phase === 'open' || event.phase === 'scheduled')) claimant.reopen();
    if (claiming.is === 'moved' && seen.opensAtMs === claiming.opensAtMs) claimant.reopen();
  }, [seen, event.phase, claiming, claimant]);

  // A token that ends during the sale is renewed before it, and not by everybody at the same moment.
  useEffect(() => {
    const renewAtMs = seen.opensAtMs - 60_000 - Math.random() * 240_000;
    return atInstant(clock, renewAtMs, () => {
      const untilEndMs = seen.opensAtMs + 600_000 - clock.nowMs();
      if (untilEndMs > 0) void identity.renewFor(Date.now() + untilEndMs);
    });
  }, [seen.opensAtMs, clock, identity]);

  const panel = panelOf({
    phase: event.phase,
    ...{ opened, over, claiming, askedBefore },
    mine: mine.data,
    mineFailure: mine.error === null ? null : failureOf(mine.error),
  });
  const { claim: texts } = messages;
  const soldInMs = event.soldOutAt === null ? null : Date.parse(event.soldOutAt) - seen.opensAtMs;
  const content = () => {
    switch (panel.shows) {
      case 'coupon':
        return <CouponCard claim={panel.claim} fresh={claiming.is === 'won' && !claiming.claim.replayed} />;
      case 'before':
        return <ClaimButton label={texts.wait} text={texts.ready} />;
      case 'button':
        return <ClaimButton label={texts.action} text={texts.open} onClaim={claimant.claim} />;
      case 'asking':
        return <ClaimButton label={texts.asking} text={texts.askingMore} busy />;
      case 'undecided':
        return (
          <ClaimButton label={texts.undecided} text={navigator.onLine ? texts.undecidedMore : texts.offline} busy />
        );
      case 'early':
        return <ClaimButton label={texts.early} text={texts.earlyMore} busy />;
      case 'checking':
        return <ClaimButton label={messages.loading} text="" busy />;
      case 'moved':
        return <ClaimButton label={texts.wait} text={texts.moved(formatTime(language, panel.opensAtMs))} />;
      case 'sold_out':
        return (
          <Notice
            title={texts.soldOut}
            text={
              soldInMs === null
                ? texts.soldOutPlain
                : texts.soldOutMore(event.stock, formatDuration(messages, soldInMs))
            }
          />
        );
      case 'paused':
        return <Notice title={texts.paused} text={texts.pausedMore} />;
      case 'closed':
        return <Notice title={texts.closed} text={texts.closedMore} />;
      case 'refused':
        return <Notice title={texts.refused} text={texts.refusedMore} />;
      case 'sign_in':
        return (
          <Notice title={texts.signIn} text={texts.signInMore}>
            <button type="button" className="quiet" onClick={() => location.reload()}>
              {texts.retry}
            </button>
          </Notice>
        );
    }
  };
  return (
    <section className="claim" aria-live="polite" data-shows={panel.shows}>
      {content()}
    </section>
  );
}

type ButtonProps = { label: string; text: string; busy?: boolean; onClaim?: () => void };

/** One button from before the opening to the answer: it can be focused all the time, and keeps the focus that it has. */
function ClaimButton({ label, text, busy = false, onClaim }: ButtonProps) {
  return (
    <>
      <button
        type="button"
        className="claim-button"
        aria-disabled={onClaim === undefined}
        aria-busy={busy}
        onClick={onClaim}
      >
        <Words>{label}</Words>
      </button>
      <p className="claim-text">
        <Words>{text}</Words>
      </p>
    </>
  );
}
