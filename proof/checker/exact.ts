import { FindingLog, type Finding } from '../../core/compare/finding.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/**
 * Checks the parts of promise 1 that a comparison of the stores can't show: the whole stock was issued if enough users
 * claimed, and no two users got the same serial or code.
 */
export function findInexact(sale: Sale): Finding<SaleFindingKind>[] {
  const log = new FindingLog<SaleFindingKind>();
  const decided = new Set<string>();
  const undecided = new Set<string>();
  for (const { userId, outcome } of sale.answers) {
    if (outcome.status === 'issued' || outcome.status === 'sold_out') decided.add(userId);
    else if (outcome.status === 'unknown' || outcome.status === 'busy') undecided.add(userId);
  }
  const winners = new Set<string>();
  for (const store of [sale.claims.winners, sale.claims.outbox, sale.claims.mysql]) {
    for (const claim of store) winners.add(claim.userId);
  }
  const least = Math.min(sale.stock - sale.reserved.size, decided.size);
  if (winners.size < least) {
    const detail = `${winners.size} users have a claim, ${decided.size} asked, the stock is ${sale.stock}`;
    log.add('too_few', { detail }, least - winners.size);
  }
  for (const userId of winners) {
    if (decided.has(userId) || undecided.has(userId)) continue;
    log.add('not_asked', { userId, detail: 'has a claim, but never asked while the event was open' });
  }

  const serialHolders = new Map<number, string>();
  const codeHolders = new Map<string, string>();
  for (const { userId, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    const { serial, code } = outcome;
    const holder = serialHolders.get(serial) ?? userId;
    const codeHolder = codeHolders.get(code) ?? userId;
    serialHolders.set(serial, holder);
    codeHolders.set(code, codeHolder);
    if (holder !== userId)
      log.add('told_twice', { serial, userId, detail: `got serial ${serial}, which ${holder} also got` });
    else if (codeHolder !== userId)
      log.add('told_twice', { serial, userId, detail: `got the code that ${codeHolder} also got` });
  }
  return log.list();
}
