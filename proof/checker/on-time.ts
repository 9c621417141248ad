import type { KnownClaim } from '../../core/compare/compare-claims.ts';
import { FindingLog, type Finding } from '../../core/compare/finding.ts';
import type { AnswerOutcome } from './answer.ts';
import type { Sale, SaleFindingKind } from './sale.ts';

/**
 * If the first claim is later than this, the promise "within milliseconds" is broken. A busy test machine adds far
 * less.
 */
const openingLateMsMax = 1_000;

/** Checks promise 3: no claim before the opening, no "not open" after it, and a first claim soon after it. */
export function findUntimely(sale: Sale): Finding<SaleFindingKind>[] {
  const log = new FindingLog<SaleFindingKind>();
  const { opensAtMs, clockErrorMs } = sale;
  let firstClaimedAtMs = Infinity;
  const seeClaim = (where: string, { serial, userId, claimedAtMs }: Omit<KnownClaim, 'code'>): void => {
    firstClaimedAtMs = Math.min(firstClaimedAtMs, claimedAtMs);
    if (claimedAtMs >= opensAtMs) return;
    const detail = `${where}: claimed ${opensAtMs - claimedAtMs} ms before the opening`;
    log.add('claimed_before_opening', { serial, userId, detail });
  };
  for (const claim of sale.claims.winners) seeClaim('Redis', claim);
  for (const claim of sale.claims.outbox) seeClaim('outbox', claim);
  for (const claim of sale.claims.mysql) seeClaim('MySQL', claim);

  let firstAskedAtMs = Infinity;
  for (const { userId, sentAtMs, receivedAtMs, outcome } of sale.answers) {
    if (sentAtMs >= opensAtMs && wasAnswered(outcome)) firstAskedAtMs = Math.min(firstAskedAtMs, sentAtMs);
    if (outcome.status === 'issued' || outcome.status === 'sold_out') {
      if (outcome.status === 'issued') seeClaim('answer', { userId, ...outcome });
      if (receivedAtMs + clockErrorMs < opensAtMs) {
        const detail = `answered ${outcome.status} ${ms(opensAtMs - receivedAtMs)} before the opening`;
        log.add('answered_before_opening', { userId, detail });
      }
    }
    if (outcome.status === 'not_open') {
      if (sentAtMs - clockErrorMs > opensAtMs || outcome.serverTimeMs - clockErrorMs > opensAtMs) {
        const detail = `answered not_open to a call sent ${ms(sentAtMs - opensAtMs)} after the opening`;
        log.add('refused_after_opening', { userId, detail });
      }
      if (outcome.opensAtMs !== opensAtMs) {
        log.add('wrong_opening_told', {
          userId,
          detail: `answered ${outcome.opensAtMs}, but it opens at ${opensAtMs}`,
        });
      }
    }
  }
  const dueAtMs = Math.max(opensAtMs, firstAskedAtMs);
  if (firstClaimedAtMs !== Infinity && firstClaimedAtMs - dueAtMs > openingLateMsMax) {
    log.add('opened_late', { detail: `the first claim came ${ms(firstClaimedAtMs - dueAtMs)} after the first call` });
  }
  return log.list();
}

/** Whether the call certainly reached the API. */
const wasAnswered = ({ status }: AnswerOutcome): boolean => status !== 'unknown' && status !== 'rejected';

const ms = (duration: number): string => `${duration.toFixed(1)} ms`;
