import type { Sale } from './sell-on-own-system.ts';

export type Trial = {
  /** The packages, with their versions. */
  servers: string[];
  /** Null if the contract suite did not run. */
  contract: boolean | null;
  sales: Sale[];
};

/** Formats all trials as a Markdown table for docs/compatibility.md. */
export function formatTrials(trials: readonly Trial[], { users, stock }: { users: number; stock: number }): string {
  const rows = trials.map(({ servers, contract, sales }) => {
    const held = sales.filter(({ verdict }) => verdict === 'held').length;
    const suite = contract === null ? '-' : contract ? 'passed' : 'FAILED';
    return `| ${[...servers, suite, sales.length === 0 ? '-' : `${held} of ${sales.length}`].join(' | ')} |`;
  });
  return [
    `| database | Redis | contract suite | sales that held (${stock} coupons, ${users} users) |`,
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
