import { FindingLog, type Finding } from '../../core/compare/finding.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/** Promise 1, as far as the stores alone don't tell: as many as possible, and nothing told to two. */
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
    log.add('not_asked', { userId, detail: 'has a claim, and never asked while the event was open' });
  }

  const toldSerial = new Map<number, string>();
  const toldCode = new Map<string, string>();
  for (const { userId, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    const { serial, code } = outcome;
    const holder = toldSerial.get(serial) ?? userId;
    const codeHolder = toldCode.get(code) ?? userId;
    toldSerial.set(serial, holder);
    toldCode.set(code, codeHolder);
    if (holder !== userId) log.add('told_twice', { serial, userId, detail: `told serial ${serial}, as ${holder} was` });
    else if (codeHolder !== userId) log.add('told_twice', { serial, userId, detail: `told the code of ${codeHolder}` });
  }
  return log.list();
}
