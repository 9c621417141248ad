import type { Failure, OwnClaim } from '../shared/client.ts';
import type { Claiming } from './claiming.ts';

/** The state that an event's panel shows. */
export type Panel =
  | { shows: 'coupon'; claim: OwnClaim }
  | { shows: 'before' }
  | { shows: 'button' }
  | { shows: 'asking' }
  | { shows: 'undecided' }
  | { shows: 'early' }
  | { shows: 'moved'; opensAtMs: number }
  | { shows: 'sold_out' }
  | { shows: 'paused' }
  | { shows: 'closed' }
  | { shows: 'sign_in' }
  | { shows: 'refused' }
  | { shows: 'checking' };

export type PanelFacts = {
  phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open';
  /** Whether the event has opened, by the server's clock. `over` is whether the event has closed. */
  opened: boolean;
  over: boolean;
  claiming: Claiming;
  /** Null if the person has no coupon. Undefined while the page does not know. */
  mine: OwnClaim | null | undefined;
  mineFailure: Failure | null;
  /** Whether this person sent a claim before the page was loaded and has no answer yet. */
  askedBefore: boolean;
};

/**
 * Returns the panel's state. A coupon takes precedence over every other state. An undecided claim is never shown as
 * lost.
 */
export function panelOf(facts: PanelFacts): Panel {
  const { phase, opened, over, claiming, mine, mineFailure, askedBefore } = facts;
  if (mine) return { shows: 'coupon', claim: mine };
  switch (claiming.is) {
    case 'won':
      return { shows: 'coupon', claim: { ...claiming.claim, state: 'accepted' } };
    case 'asking':
    case 'undecided':
    case 'early':
      return { shows: claiming.is };
    case 'not_signed_in':
      return { shows: 'sign_in' };
    case 'refused':
      return { shows: 'refused' };
    case 'lost':
      return { shows: claiming.why };
    case 'moved':
      return { shows: 'moved', opensAtMs: claiming.opensAtMs };
    case 'idle':
      break;
  }
  if (mineFailure?.kind === 'not_signed_in') return { shows: 'sign_in' };
  if (mine === undefined && askedBefore) return { shows: 'undecided' };
  const now = over ? 'closed' : phase === 'scheduled' && opened ? 'open' : phase;
  switch (now) {
    case 'scheduled':
      return { shows: 'before' };
    case 'open':
      return { shows: 'button' };
    case 'paused':
    case 'sold_out':
    case 'closed':
      // This person may have a coupon, so wait for the answer about it before showing that the sale is over.
      return mine === undefined && mineFailure === null ? { shows: 'checking' } : { shows: now };
  }
}
