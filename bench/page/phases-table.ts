import { code, table } from './markdown.ts';
import { strategyNotes } from './strategy-notes.ts';

/** The phases of the original project, each with its strategy here. */
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
