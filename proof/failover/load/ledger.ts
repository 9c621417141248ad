import type { Answer } from '../../checker/answer.ts';

/** An answer to `claim.submit`, with its event and API process. */
export type ToldAnswer = Answer & { eventId: string; api: string };

/** Every answer that users got, in the order of arrival. */
export type Ledger = {
  readonly answers: ToldAnswer[];
  /** The last answer about an event. */
  last(eventId: string): ToldAnswer | undefined;
  add(answer: ToldAnswer): void;
};

export function createLedger(): Ledger {
  const answers: ToldAnswer[] = [];
  const lastOf = new Map<string, ToldAnswer>();
  return {
    answers,
    last: (eventId) => lastOf.get(eventId),
    add: (answer) => {
      answers.push(answer);
      lastOf.set(answer.eventId, answer);
    },
  };
}

/** Whether a user has a final answer: a coupon, or the answer that none is left. */
export const isDecided = ({ outcome: { status } }: Answer): boolean =>
  status === 'issued' || status === 'sold_out' || status === 'closed';

/** Whether the event has lost its gate, according to an answer. */
export const saysLost = ({ outcome }: Answer): boolean =>
  outcome.status === 'unknown' && outcome.reason.endsWith('gate_lost');
