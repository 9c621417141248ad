import type { LoadAnswer } from '../../load/runner/answers.ts';
import type { AnswerOutcome } from '../../proof/checker/answer.ts';

/** An answer in the form that `readAnswers` returns, to a call that was sent at `sentAtMs` and took `tookMs`. */
export function madeAnswer(
  sentAtMs: number,
  { tookMs = 10, outcome = { status: 'sold_out' }, click = 1 }: Partial<MadeAnswer> = {},
): LoadAnswer {
  return { userId: `user-${sentAtMs}`, click, sentAtMs, receivedAtMs: sentAtMs + tookMs, outcome };
}

type MadeAnswer = { tookMs: number; outcome: AnswerOutcome; click: number };

export const issued = (serial: number, replayed = false): AnswerOutcome => ({
  ...{ status: 'issued', serial, code: `CODE-${serial}`, claimedAtMs: 1, round: 1, replayed },
});
