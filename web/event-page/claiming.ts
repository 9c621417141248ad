import { backOffMs } from '../shared/back-off.ts';
import type { ClaimAnswer, Failure } from '../shared/client.ts';
import type { ServerClock } from '../shared/clock.ts';
import type { AskedMark } from './asked-mark.ts';

/** The progress of a person's claim. An undecided claim is never shown as failed. */
export type Claiming =
  | { is: 'idle' }
  | { is: 'asking' }
  /** The outcome is unknown. The page sends the claim again until it gets an answer. */
  | { is: 'undecided'; tries: number }
  /** The claim came before the opening, because the page's clock was ahead. The page sends it again at the opening. */
  | { is: 'early'; aheadMs: number }
  | { is: 'won'; claim: Extract<ClaimAnswer, { status: 'issued' }> }
  /**
   * `atMs` is the time of the refusal, by the server's clock. If the page reads the event later, it may see that the
   * event accepts claims again.
   */
  | { is: 'lost'; why: 'sold_out' | 'paused' | 'closed'; atMs: number }
  /** The opening was moved to a later time. */
  | { is: 'moved'; opensAtMs: number }
  | { is: 'not_signed_in' }
  | { is: 'refused'; code: string };

export type ClaimingDeps = {
  submit: () => Promise<ClaimAnswer>;
  failureOf: (error: unknown) => Failure;
  clock: ServerClock;
  /** Records in the tab that a claim was sent, for use after a reload. */
  mark: AskedMark;
  /** Resolves after the given time, or as soon as the network is back. */
  wait: (ms: number) => Promise<void>;
  random?: () => number;
};

/** Sends a person's claim for one event. Only one call runs at a time, however often the person clicks. */
export type Claimant = {
  state: () => Claiming;
  subscribe: (listener: () => void) => () => void;
  /** Sends the claim repeatedly until it is decided. Does nothing if that is already happening. */
  claim: () => void;
  /** After a refusal, allows another claim, because the event accepts claims again. */
  reopen: () => void;
};

/**
 * If a claim came up to this long before the opening, the page's clock was wrong, and the page sends the claim again by
 * itself. If it came even earlier, the opening was moved, and the person may no longer want the coupon.
 */
const earlyMostMs = 5_000;

export function createClaimant(deps: ClaimingDeps): Claimant {
  const { submit, failureOf, clock, mark, wait, random } = deps;
  const listeners = new Set<() => void>();
  let state: Claiming = { is: 'idle' };
  let running = false;
  const set = (next: Claiming): void => {
    state = next;
    listeners.forEach((listener) => listener());
  };

  const untilDecided = async (): Promise<Claiming> => {
    for (let failures = 0; ;) {
      const answer = await submit().catch((error: unknown) => failureOf(error));
      if ('kind' in answer) {
        if (answer.kind === 'not_signed_in') return { is: 'not_signed_in' };
        if (answer.kind === 'refused') return { is: 'refused', code: answer.code };
        failures += 1;
        set({ is: 'undecided', tries: failures });
        await wait(backOffMs(failures, answer.retryAfterMs, random));
        continue;
      }
      const decided = decide(answer, clock.nowMs());
      if (decided.is !== 'early') return decided;
      set(decided);
      // Use the server's times from the answer, because this device's clock was wrong.
      await wait(decided.aheadMs);
      set({ is: 'asking' });
    }
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    claim: () => {
      if (running || state.is === 'won') return;
      running = true;
      mark.set();
      set({ is: 'asking' });
      void untilDecided().then((decided) => {
        running = false;
        // If the person must sign in first, keep the mark, so that the page sends the claim after the sign-in.
        if (decided.is !== 'not_signed_in') mark.clear();
        set(decided);
      });
    },
    reopen: () => {
      if (!running && state.is !== 'won') set({ is: 'idle' });
    },
  };
}

/** Converts an answer to the state of the claim. `nowMs` is the server's time when the answer arrived. */
export function decide(answer: ClaimAnswer, nowMs: number): Claiming {
  switch (answer.status) {
    case 'issued':
      return { is: 'won', claim: answer };
    case 'sold_out':
    case 'paused':
    case 'closed':
      return { is: 'lost', why: answer.status, atMs: nowMs };
    case 'not_open': {
      const opensAtMs = Date.parse(answer.opensAt);
      const aheadMs = opensAtMs - Date.parse(answer.serverTime);
      return aheadMs <= earlyMostMs ? { is: 'early', aheadMs } : { is: 'moved', opensAtMs };
    }
  }
}
