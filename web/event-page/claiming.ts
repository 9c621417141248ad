import { backOffMs } from '../shared/back-off.ts';
import type { ClaimAnswer, Failure } from '../shared/client.ts';
import type { ServerClock } from '../shared/server-clock.ts';
import type { AskedMark } from './asked-mark.ts';

/** How far a person's claim has come. What is not decided yet is never shown as failed. */
export type Claiming =
  | { is: 'idle' }
  /** The claim is on its way. */
  | { is: 'asking' }
  /** It was sent, and nobody knows yet how it ended: it is sent again until somebody does. */
  | { is: 'undecided'; tries: number }
  /** It arrived before the opening, because the clock here was ahead: it is sent again at that instant. */
  | { is: 'early'; aheadMs: number }
  | { is: 'won'; claim: Extract<ClaimAnswer, { status: 'issued' }> }
  /** `atMs`: when, by the server's clock. What the server says of the event later may take it back. */
  | { is: 'lost'; why: 'sold_out' | 'paused' | 'closed'; atMs: number }
  /** The opening lies ahead: it was moved. */
  | { is: 'moved'; opensAtMs: number }
  | { is: 'not_signed_in' }
  | { is: 'refused'; code: string };

export type ClaimingDeps = {
  submit: () => Promise<ClaimAnswer>;
  failureOf: (error: unknown) => Failure;
  clock: ServerClock;
  /** Remembers across a reload that somebody asked. */
  mark: AskedMark;
  /** Waits, shorter when the network comes back. */
  wait: (ms: number) => Promise<void>;
  random?: () => number;
};

/** A person's claim of one event: one at a time, however often they click. */
export type Claimant = {
  state: () => Claiming;
  subscribe: (listener: () => void) => () => void;
  /** Claims, and goes on until it is decided. While it does, another call changes nothing. */
  claim: () => void;
  /** Makes way for another try, once the event takes claims again. */
  reopen: () => void;
};

/**
 * A claim may come this much before the opening because of a clock, and is then sent again by itself. Further ahead it is
 * the event that was moved, and a click of an hour ago is no wish of that time.
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
      // Counted from the answer, not by the clock here, which was wrong.
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
        // Who must sign in first has asked all the same, and the page goes on by itself afterwards.
        if (decided.is !== 'not_signed_in') mark.clear();
        set(decided);
      });
    },
    reopen: () => {
      if (!running && state.is !== 'won') set({ is: 'idle' });
    },
  };
}

/** What an answer means; `nowMs` is the server's clock when it came. */
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
