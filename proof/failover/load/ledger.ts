import type { Answer } from '../../checker/answer.ts';

/** An answer to `claim.submit`, with the event and the API process that it came from. */
export type ToldAnswer = Answer & { eventId: string; api: string };

/** Everything that users were told, in the order in which the answers arrived. */
export type Ledger = {
  readonly answers: ToldAnswer[];
  /** The last answer to any user of an event. */
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

/** Whether an answer settles a user's claim: the user has won, or nothing is left to win. */
export const isDecided = ({ outcome: { status } }: Answer): boolean =>
  status === 'issued' || status === 'sold_out' || status === 'closed';

/** Whether an answer says that the event has lost its gate. */
export const saysLost = ({ outcome }: Answer): boolean =>
  outcome.status === 'unknown' && outcome.reason.endsWith('gate_lost');
