import { appendFileSync } from 'node:fs';
import type { StrategyName } from '../../core/events/event.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import type { RoundInStores } from '../../proof/flash-sale/read-claims.ts';

/** The result of a sale, counted in claims. */
export type SaleTally = {
  strategy: StrategyName;
  /** Rows in MySQL. */
  stored: number;
  /** Promised claims that are not stored as they were promised, and claims that are missing for another reason. */
  lost: number;
  /** Stored claims that should not exist, and promises that exceed the limits. */
  added: number;
};

/** Adds a sale to the tally of `npm run prove`. Does nothing outside that command. */
export function tallyClaims(stored: RoundInStores, sale: { expected: number; answers: Answer[] }): void {
  const file = process.env['CLAIMS_TALLY'];
  if (file === undefined) return;
  const rows = stored.claims.mysql;
  const serialOf = new Map(rows.map(({ userId, serial }) => [userId, serial]));
  const promised = new Set<string>();
  const unstored = new Set<string>();
  for (const { userId, outcome } of sale.answers) {
    if (outcome.status !== 'issued') continue;
    promised.add(`${userId} ${outcome.serial}`);
    if (serialOf.get(userId) !== outcome.serial) unstored.add(`${userId} ${outcome.serial}`);
  }
  const tally: SaleTally = {
    strategy: stored.strategy,
    stored: rows.length,
    lost: Math.max(unstored.size, sale.expected - rows.length, 0),
    added: Math.max(promised.size - sale.expected, rows.length - sale.expected, 0),
  };
  appendFileSync(file, `${JSON.stringify(tally)}\n`);
}
