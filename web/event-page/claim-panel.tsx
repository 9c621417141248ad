import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { formatMoment, soldOutText } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { Words } from '../shared/words.tsx';
import { NextEvents } from './next-events.tsx';
import { Notice } from './notice.tsx';
import type { Panel } from './panel.ts';
import type { SeenEvent } from './queries.ts';
import { SignIn } from './sign-in.tsx';

/** Every state of the panel except the coupon, which is a separate component. */
export type OfferPanel = Exclude<Panel, { shows: 'coupon' }>;

/** Whether the panel shows a claim button, enabled or disabled. Otherwise it shows a notice. */
export function hasButton({ shows }: OfferPanel): boolean {
  switch (shows) {
    case 'before':
    case 'button':
    case 'asking':
    case 'undecided':
    case 'early':
    case 'checking':
    case 'moved':
      return true;
    case 'sold_out':
    case 'paused':
    case 'closed':
    case 'refused':
    case 'sign_in':
      return false;
  }
}

type Props = { seen: SeenEvent; panel: OfferPanel; onClaim: () => void };

/** Whether the event does not accept claims yet. If so, the button is disabled. */
const isEarly = ({ shows }: OfferPanel): boolean => shows === 'before' || shows === 'moved';

/**
 * Shows the claim button, or a notice in its place. A disabled button can't have the focus, so the panel has the focus
 * until the opening. At the opening, the focus moves to the button.
 */
export function ClaimPanel(props: Props) {
  const { messages } = usePage();
  const panel = useRef<HTMLElement>(null);
  const holdsFocus = useRef(false);
  const early = isEarly(props.panel);
  useLayoutEffect(() => {
    if (holdsFocus.current) passFocus(panel.current, early);
  }, [early]);
  return (
    <section
      ref={panel}
      className="claim"
      aria-label={messages.claim.action}
      aria-live="polite"
      data-shows={props.panel.shows}
      data-kind={hasButton(props.panel) ? 'button' : 'notice'}
      tabIndex={early ? 0 : -1}
      onFocus={() => {
        holdsFocus.current = true;
      }}
      onBlur={({ relatedTarget }) => {
        // `relatedTarget` is null if the button lost the focus because it was disabled. Once it is enabled again, it
        // must get the focus back.
        if (relatedTarget !== null) holdsFocus.current = false;
      }}
      onKeyDown={early ? keepStill : undefined}
    >
      <PanelContent {...props} />
    </section>
  );
}

/** Moves the focus from the panel to the button if the button is enabled, otherwise from the button to the panel. */
function passFocus(panel: HTMLElement | null, early: boolean): void {
  const to = early ? panel : panel?.querySelector<HTMLElement>('[name=claim]');
  const { activeElement, body } = document;
  if (activeElement === body || panel?.contains(activeElement) === true) to?.focus({ preventScroll: true });
}

/** Keeps the space bar from scrolling the page while a visitor waits for the opening. */
function keepStill(event: KeyboardEvent): void {
  if (event.key === ' ' && event.target === event.currentTarget) event.preventDefault();
}

function PanelContent({ seen: { event }, panel, onClaim }: Props): ReactNode {
  const { messages } = usePage();
  const { claim: texts } = messages;
  switch (panel.shows) {
    case 'before':
      return <ClaimButton label={texts.wait} text={texts.ready} disabled />;
    case 'button':
      return <ClaimButton label={texts.action} text={texts.open} onClaim={onClaim} />;
    case 'asking':
      return <ClaimButton label={texts.asking} text={texts.askingMore} busy />;
    case 'undecided':
      return <ClaimButton label={texts.undecided} text={navigator.onLine ? texts.undecidedMore : texts.offline} busy />;
    case 'early':
      return <ClaimButton label={texts.early} text={texts.earlyMore} busy />;
    case 'checking':
      return <ClaimButton label={messages.loading} text="" busy />;
    case 'moved':
      return <ClaimButton label={texts.wait} text={texts.moved(formatMoment(messages, panel.opensAtMs))} disabled />;
    case 'sold_out':
      return (
        <Notice title={texts.soldOut} text={soldOutText(messages, event)}>
          <NextEvents but={event.id} />
        </Notice>
      );
    case 'paused':
      return <Notice title={texts.paused} text={texts.pausedMore} />;
    case 'closed':
      return (
        <Notice title={texts.closed} text={texts.closedMore}>
          <NextEvents but={event.id} />
        </Notice>
      );
    case 'refused':
      return <Notice title={texts.refused} text={texts.refusedMore} />;
    case 'sign_in':
      return <SignIn text={texts.signInMore} />;
  }
}

type ButtonProps = { label: string; text: string; disabled?: boolean; busy?: boolean; onClaim?: () => void };

/**
 * The claim button. The button stays the same element from before the opening until the answer. While a claim is in
 * progress, the button only looks disabled, so that it keeps the focus.
 */
function ClaimButton({ label, text, disabled = false, busy = false, onClaim }: ButtonProps) {
  return (
    <>
      <button
        type="button"
        name="claim"
        className="claim-button"
        disabled={disabled}
        aria-disabled={busy}
        aria-busy={busy}
        onClick={onClaim}
      >
        <Words>{label}</Words>
      </button>
      <p className="claim-text" key={text}>
        {text}
      </p>
    </>
  );
}
