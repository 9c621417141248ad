import type { KnownClaim } from '../../core/compare/compare-claims.ts';
import { FindingLog, type Finding } from '../../core/compare/finding.ts';
import type { Answer } from './answer.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/**
 * Checks promise 4 from outside: serials follow the order of decision, and no new user wins after the first "sold out".
 * Nobody can observe the order of decision, but three facts show parts of it:
 * - the stores have the time of each claim;
 * - if a call was answered before another was sent, it was decided before the other;
 * - if a claim's time is after the arrival of a "sold out", the claim was decided after that answer.
 * Overlapping calls prove nothing, because they may be decided in either order. A returned serial is given out again
 * later, so the claim with that serial may be newer than claims with higher serials.
 */
export function findUnfairness(sale: Sale): Finding<SaleFindingKind>[] {
  const log = new FindingLog<SaleFindingKind>();
  findDisorder('order_of_time', sale, timeDisorder('Redis', sale.claims.winners), log);
  findDisorder('order_of_time', sale, timeDisorder('MySQL', sale.claims.mysql), log);
  findDisorder('order_of_arrival', sale, arrivalDisorder(sale.answers), log);
  findWinsAfterSoldOut(sale, log);
  return log.list();
}

type Log = FindingLog<SaleFindingKind>;

/** A claim whose serial is lower than that of a claim decided before it. */
type Misplaced = { serial: number; userId: string; detail: string };

function findDisorder(
  kind: 'order_of_time' | 'order_of_arrival',
  { regiven }: Sale,
  misplaced: Misplaced[],
  log: Log,
): void {
  for (const claim of misplaced) if (!regiven.has(claim.serial)) log.add(kind, claim);
}

function timeDisorder(store: string, claims: Iterable<KnownClaim>): Misplaced[] {
  const misplaced: Misplaced[] = [];
  let earliest: KnownClaim | undefined;
  for (const claim of [...claims].sort((a, b) => b.serial - a.serial)) {
    if (earliest !== undefined && claim.claimedAtMs > earliest.claimedAtMs) {
      const detail = `${store}: claimed ${claim.claimedAtMs - earliest.claimedAtMs} ms after serial ${earliest.serial}`;
      misplaced.push({ serial: claim.serial, userId: claim.userId, detail });
    } else earliest = claim;
  }
  return misplaced.reverse();
}

function arrivalDisorder(answers: Answer[]): Misplaced[] {
  const misplaced: Misplaced[] = [];
  const wins = answers.flatMap(({ userId, sentAtMs, receivedAtMs, outcome }) =>
    outcome.status === 'issued'
      ? [{ userId, sentAtMs, receivedAtMs, serial: outcome.serial, fresh: !outcome.replayed }]
      : [],
  );
  const mayBeDecidedAtMs = firstUnknown(answers);
  const bySent = wins
    .filter((win) => win.fresh)
    .map((win) => ({ ...win, sentAtMs: Math.min(win.sentAtMs, mayBeDecidedAtMs.get(win.userId) ?? Infinity) }))
    .sort((a, b) => a.sentAtMs - b.sentAtMs);
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
      const detail = `asked after ${highest.userId} had received serial ${highest.serial}`;
      misplaced.push({ serial: win.serial, userId: win.userId, detail });
    }
  }
  return misplaced;
}

/** Each user's first call with an unknown outcome, which may have decided the claim that a later answer reports. */
function firstUnknown(answers: Answer[]): Map<string, number> {
  const sentAtMs = new Map<string, number>();
  for (const { userId, sentAtMs: atMs, outcome } of answers) {
    if (outcome.status === 'unknown') sentAtMs.set(userId, Math.min(atMs, sentAtMs.get(userId) ?? Infinity));
  }
  return sentAtMs;
}

function findWinsAfterSoldOut(sale: Sale, log: Log): void {
  const losers = new Set<string>();
  let soldOutAtMs = Infinity;
  for (const { userId, receivedAtMs, outcome } of sale.answers) {
    if (outcome.status !== 'sold_out') continue;
    losers.add(userId);
    soldOutAtMs = Math.min(soldOutAtMs, receivedAtMs);
  }
  const winners = new Set<string>();
  for (const { userId, sentAtMs, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    const { serial } = outcome;
    if (losers.has(userId) && !winners.has(userId)) {
      log.add('won_and_lost', { serial, userId, detail: 'got both "sold out" and "issued"' });
    }
    winners.add(userId);
    if (!outcome.replayed && sentAtMs > soldOutAtMs) {
      const detail = `asked ${(sentAtMs - soldOutAtMs).toFixed(1)} ms after the first "sold out" had arrived`;
      log.add('won_after_sold_out', { serial, userId, detail });
    }
  }
  for (const { serial, userId, claimedAtMs } of sale.claims.mysql) {
    if (losers.has(userId) && !winners.has(userId)) {
      log.add('won_and_lost', { serial, userId, detail: 'got "sold out", but has a claim in MySQL' });
    }
    if (claimedAtMs > soldOutAtMs + sale.clockErrorMs) {
      const detail = `claimed ${(claimedAtMs - soldOutAtMs).toFixed(1)} ms after the first "sold out" had arrived`;
      log.add('won_after_sold_out', { serial, userId, detail });
    }
  }
}
