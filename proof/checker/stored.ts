import { claimDifference, type KnownClaim } from '../../core/compare/compare-claims.ts';
import { FindingLog, type Finding } from '../../core/compare/finding.ts';
import type { AnswerOutcome } from './answer.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/** Promise 2: every claim answered "issued" is in MySQL, and every answer about it is the same. */
export function findNotStored(sale: Sale): Finding<SaleFindingKind>[] {
  const log = new FindingLog<SaleFindingKind>();
  const stored = new Map<string, KnownClaim>();
  for (const claim of sale.claims.mysql) stored.set(claim.userId, claim);
  const waiting = new Set<string>();
  for (const claim of sale.claims.outbox) waiting.add(claim.userId);

  const first = new Map<string, Extract<AnswerOutcome, { status: 'issued' }>>();
  const firstHand = new Set<string>();
  for (const { userId, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    const { serial } = outcome;
    if (!outcome.replayed) {
      if (firstHand.has(userId))
        log.add('replay_differs', { serial, userId, detail: 'two answers claim to be the first' });
      firstHand.add(userId);
    }
    const before = first.get(userId);
    if (before === undefined) first.set(userId, outcome);
    else {
      const difference = answerDifference({ userId, ...before }, { userId, ...outcome });
      if (difference !== null) log.add('replay_differs', { serial, userId, detail: `two answers: ${difference}` });
      continue;
    }
    const row = stored.get(userId);
    if (row === undefined) {
      if (!waiting.has(userId))
        log.add('told_not_stored', { serial, userId, detail: 'answered "issued", but not in MySQL' });
      continue;
    }
    const difference = answerDifference({ userId, ...outcome }, { ...row, round: sale.round });
    if (difference !== null) log.add('told_otherwise', { serial, userId, detail: `answer and MySQL: ${difference}` });
  }
  return log.list();
}

type AnsweredClaim = KnownClaim & { round: number };

function answerDifference(a: AnsweredClaim, b: AnsweredClaim): string | null {
  const difference = claimDifference(a, b);
  if (a.round === b.round) return difference;
  const rounds = `rounds ${a.round} and ${b.round}`;
  return difference === null ? rounds : `${difference}, ${rounds}`;
}
