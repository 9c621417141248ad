import type { Failure, OwnClaim } from '../shared/client.ts';
import type { Claiming } from './claiming.ts';

/** What the panel of an event shows, of all that is known. */
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
  /** As the server last told it. */
  phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open';
  /** Whether the server's clock has reached opening and closing by now. */
  opened: boolean;
  over: boolean;
  claiming: Claiming;
  /** The coupon, null for none; undefined while nobody knows. */
  mine: OwnClaim | null | undefined;
  mineFailure: Failure | null;
  /** Whether this person asked before the page was loaded, and has no answer. */
  askedBefore: boolean;
};

/** A coupon comes before everything, and what may have become one is never shown as lost. */
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
      // The reader may be one of those who have a coupon.
      return mine === undefined && mineFailure === null ? { shows: 'checking' } : { shows: now };
  }
}
