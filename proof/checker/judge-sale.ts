import { compareClaims, type ClaimFindingKind } from '../../core/compare/compare-claims.ts';
import type { Finding } from '../../core/compare/finding.ts';
import type { AnswerOutcome } from './answer.ts';
import { findInexact } from './exact.ts';
import { findUnfairness } from './fair.ts';
import { findUntimely } from './on-time.ts';
import type { Sale, SaleFindingKind } from './sale.ts';
import { findNotStored } from './stored.ts';

export type PromiseName = 'exact' | 'stored' | 'on_time' | 'fair';

export type PromiseVerdict = {
  promise: PromiseName;
  /**
   * `unknown`: nothing contradicts the promise, but not everything could be observed; `reasons` says what is missing.
   */
  verdict: 'held' | 'broken' | 'unknown';
  findings: Finding<SaleFindingKind>[];
  reasons: string[];
};

/** Judges promises 1-4 by what could be observed from outside. */
export function judgeSale(sale: Sale): PromiseVerdict[] {
  const snapshot = { stock: sale.stock, issued: sale.issued, returned: new Set([...sale.returned, ...sale.reserved]) };
  const between = compareClaims(snapshot, [sale.claims]);
  const inStores = (...kinds: ClaimFindingKind[]) => between.findings.filter((finding) => kinds.includes(finding.kind));
  const doubts = reasonsForDoubt(sale);

  const exact = judge('exact', [
    ...inStores('over_stock', 'serial_gap', 'counter_drift', 'duplicate_user', 'conflict'),
    ...findInexact(sale),
  ]);
  // If MySQL decided, Redis has no winners, so none can be missing.
  const missing =
    sale.decidedBy === 'mysql' ? inStores('missing_in_db') : inStores('missing_in_db', 'missing_in_redis');
  const stored = judge('stored', [...missing, ...findNotStored(sale)]);
  const onTime = judge('on_time', findUntimely(sale));
  const fair = judge('fair', findUnfairness(sale));

  if (between.pending > 0) stored.reasons.push(`${between.pending} claims have not reached MySQL yet`);
  for (const verdict of [exact, stored, onTime, fair]) {
    verdict.reasons.push(...doubts);
    if (verdict.verdict === 'held' && verdict.reasons.length > 0) verdict.verdict = 'unknown';
  }
  return [exact, stored, onTime, fair];
}

function judge(promise: PromiseName, findings: Finding<SaleFindingKind>[]): PromiseVerdict {
  return { promise, verdict: findings.length === 0 ? 'held' : 'broken', findings, reasons: [] };
}

/**
 * Why the sale can't be judged completely. Unknown outcomes are not among the reasons, because `findInexact` allows for
 * them.
 */
function reasonsForDoubt(sale: Sale): string[] {
  const reasons: string[] = [];
  const count = (status: AnswerOutcome['status']) =>
    sale.answers.filter(({ outcome }) => outcome.status === status).length;
  if (count('issued') + count('sold_out') === 0) reasons.push('no claim was decided');
  const rejected = sale.answers.find(({ outcome }) => outcome.status === 'rejected');
  if (rejected?.outcome.status === 'rejected') {
    reasons.push(`calls rejected: ${count('rejected')}, for example: ${rejected.outcome.reason}`);
  }
  if (count('paused') + count('closed') > 0) reasons.push('the event was paused or closed during the sale');
  return reasons;
}
