import type { Answer } from './answer.ts';
import type { KnownClaim } from './compare-claims.ts';
import { FindingLog, type Finding } from './finding.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/**
 * Promise 4 from outside: serials follow the order of decision, and after the first "sold out" nobody new wins.
 *
 * The order of decision is not visible, but three of its shadows are: the stores' times of the claims; a call that was
 * answered before another was sent was decided before it; and a claim whose time is later than the arrival of a
 * "sold out" was decided after it. Calls that overlap may be decided in either order, so they prove nothing.
 */
export function findUnfairness(sale: Sale): Finding<SaleFindingKind>[] {
  const log = new FindingLog<SaleFindingKind>();
  findTimeDisorder('Redis', sale.claims.winners, log);
  findTimeDisorder('MySQL', sale.claims.mysql, log);
  findArrivalDisorder(sale.answers, log);
  findWinsAfterSoldOut(sale, log);
  return log.list();
}

type Log = FindingLog<SaleFindingKind>;

function findTimeDisorder(store: string, claims: Iterable<KnownClaim>, log: Log): void {
  let before: KnownClaim | undefined;
  for (const claim of [...claims].sort((a, b) => a.serial - b.serial)) {
    if (before !== undefined && claim.claimedAtMs < before.claimedAtMs) {
      const detail = `${store}: claimed ${before.claimedAtMs - claim.claimedAtMs} ms before serial ${before.serial}`;
      log.add('order_of_time', { serial: claim.serial, userId: claim.userId, detail });
    } else before = claim;
  }
}

function findArrivalDisorder(answers: Answer[], log: Log): void {
  const wins = answers.flatMap(({ userId, sentAtMs, receivedAtMs, outcome }) =>
    outcome.status === 'issued'
      ? [{ userId, sentAtMs, receivedAtMs, serial: outcome.serial, fresh: !outcome.replayed }]
      : [],
  );
  const bySent = wins.filter((win) => win.fresh).sort((a, b) => a.sentAtMs - b.sentAtMs);
  const byReceived = wins.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  let answered = 0;
  let highest = { serial: 0, userId: '' };
  for (const win of bySent) {
    for (
      let next = byReceived[answered];
      next !== undefined && next.receivedAtMs < win.sentAtMs;
      next = byReceived[answered]
    ) {
      if (next.serial > highest.serial) highest = next;
      answered += 1;
    }
    if (win.serial < highest.serial) {
      const detail = `asked after ${highest.userId} had been told serial ${highest.serial}`;
      log.add('order_of_arrival', { serial: win.serial, userId: win.userId, detail });
    }
  }
}

function findWinsAfterSoldOut(sale: Sale, log: Log): void {
  const losers = new Set<string>();
  let soldOutToldAtMs = Infinity;
  for (const { userId, receivedAtMs, outcome } of sale.answers) {
    if (outcome.status !== 'sold_out') continue;
    losers.add(userId);
    soldOutToldAtMs = Math.min(soldOutToldAtMs, receivedAtMs);
  }
  const winners = new Set<string>();
  for (const { userId, sentAtMs, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    const { serial } = outcome;
    if (losers.has(userId) && !winners.has(userId)) {
      log.add('won_and_lost', { serial, userId, detail: 'told "sold out" and "issued"' });
    }
    winners.add(userId);
    if (!outcome.replayed && sentAtMs > soldOutToldAtMs) {
      const detail = `asked ${(sentAtMs - soldOutToldAtMs).toFixed(1)} ms after somebody had been told "sold out"`;
      log.add('won_after_sold_out', { serial, userId, detail });
    }
  }
  for (const { serial, userId, claimedAtMs } of sale.claims.mysql) {
    if (losers.has(userId) && !winners.has(userId)) {
      log.add('won_and_lost', { serial, userId, detail: 'told "sold out", has a claim in MySQL' });
    }
    if (claimedAtMs > soldOutToldAtMs + sale.clockErrorMs) {
      const detail = `claimed ${(claimedAtMs - soldOutToldAtMs).toFixed(1)} ms after somebody had been told "sold out"`;
      log.add('won_after_sold_out', { serial, userId, detail });
    }
  }
}
