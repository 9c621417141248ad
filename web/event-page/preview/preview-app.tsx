import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { createClient, type OwnClaim } from '../../shared/client.ts';
import type { ServerClock } from '../../shared/clock.ts';
import { NotSignedIn, type Identity } from '../../shared/identity.ts';
import { catalogues } from '../../shared/language.ts';
import { PageContext } from '../../shared/page-context.ts';
import { PageFrame } from '../../shared/page-frame.tsx';
import { applyTheme, servedTheme } from '../../shared/theme.ts';
import { Offer } from '../event-page.tsx';
import { imageRule } from '../image-rule.ts';
import { WonCoupon } from '../won-coupon.tsx';
import { readPreviewed, type PreviewedPage } from './previewed-page.ts';

const served = servedTheme();
const mayShow = imageRule();

/** In the preview nobody is signed in, so it can't send a claim. */
const nobody: Identity = {
  token: () => Promise.reject(new NotSignedIn('A preview has no visitor.', { isSure: true })),
  forget: () => undefined,
  renewFor: () => Promise.resolve(),
  userId: () => null,
  canSignIn: () => false,
  signIn: () => Promise.resolve(false),
};
const client = createClient(nobody);
const clock: ServerClock = {
  nowMs: Date.now,
  errorMs: () => 0,
  learn: () => undefined,
  subscribe: () => () => undefined,
};

/** Draws an event's page from what an admin types in the console. Nothing on it can be clicked. */
export function PreviewApp() {
  const [shown, setShown] = useState<PreviewedPage | null>(null);
  useEffect(() => {
    const hear = ({ source, origin, data }: MessageEvent): void => {
      if (source !== parent || origin !== location.origin) return;
      const previewed = readPreviewed(data);
      if (previewed !== null) setShown(previewed);
    };
    addEventListener('message', hear);
    parent.postMessage({ type: 'firstcome:preview-ready' }, location.origin);
    return () => removeEventListener('message', hear);
  }, []);
  return shown === null ? null : <Previewed {...shown} />;
}

function Previewed({ language, state, event }: PreviewedPage) {
  const theme = useMemo(() => ({ ...served, ...event.theme }), [event.theme]);
  useLayoutEffect(() => applyTheme(theme), [theme]);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const messages = catalogues[language];
  const page = {
    ...{ client, clock, identity: nobody, language, messages, theme, mayShow },
    ...{ setEventTheme: () => undefined, shopName: theme.shopName ?? messages.site },
  };
  const opensAtMs = Date.parse(event.opensAt);
  const isOpen = state !== 'before';
  const seen = {
    event: { ...event, phase: isOpen ? ('open' as const) : ('scheduled' as const) },
    ...{ opensAtMs, seenAtMs: Date.now(), tookMs: 0 },
  };
  return (
    <PageContext value={page}>
      <PageFrame place="event" withHeader={theme.header !== false} onLanguage={() => undefined}>
        {state === 'won' ? (
          <WonCoupon event={seen.event} claim={wonAt(opensAtMs)} fresh={false} fromDevice={false} />
        ) : (
          <Offer
            seen={seen}
            panel={{ shows: isOpen ? 'button' : 'before' }}
            claim={{ opened: isOpen, claimant: { claim: () => undefined } }}
          />
        )}
      </PageFrame>
    </PageContext>
  );
}

/** A made-up coupon. */
const wonAt = (opensAtMs: number): OwnClaim => ({
  ...{ serial: 37, code: 'DEMO-DEMO-DEMO-DEMO', round: 1, state: 'persisted' },
  claimedAt: new Date(opensAtMs + 214).toISOString(),
});
