import { code, table } from './markdown.ts';
import { strategyNotes } from './strategy-notes.ts';

/** From the original project's phases to what there is of them here. */
export const phasesTable = (): string =>
  table(
    ['original', 'strategy', 'how', 'decision record'],
    Object.entries(strategyNotes).map(([strategy, { phase, engine, how, record }]) => [
      phase,
      `[${code(strategy)}](../../core/engines/${engine}/${strategy}.ts)`,
      how,
      `[${record.slice(0, 4)}](../decisions/${record})`,
    ]),
    4,
  );
