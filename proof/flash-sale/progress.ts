import { readTally } from './crowd-answer.ts';

/** Where the progress goes: to a terminal, to a file, or nowhere. */
export type Screen = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

export type Progress = { say(line: string): void; stop(): void };

/**
 * Shows a sale's progress. On a terminal, rewrites one line; elsewhere, prints a line per second. `say` prints above
 * the line.
 */
export function showProgress(
  out: Screen,
  sale: { tally: SharedArrayBuffer; users: number; sinceOpeningMs(): number; persisted(): number },
): Progress {
  const terminal = out.isTTY;
  const draw = (): void => {
    const line = progressLine(sale);
    if (terminal) out.write(`\r${clip(line, out)}\x1b[K`);
    else out.write(`${line}\n`);
  };
  const timer = setInterval(draw, terminal ? 100 : 1_000);
  return {
    say: (line) => out.write(terminal ? `\r\x1b[K${line}\n` : `${line}\n`),
    stop: () => {
      clearInterval(timer);
      draw();
      if (terminal) out.write('\n');
    },
  };
}

/** A terminal without a size reports 0 columns. */
const clip = (line: string, { columns }: Screen): string => line.slice(0, (columns > 0 ? columns : 100) - 1);

function progressLine(sale: { tally: SharedArrayBuffer; sinceOpeningMs(): number; persisted(): number }): string {
  const sinceMs = sale.sinceOpeningMs();
  const tally = readTally(sale.tally);
  const clock = `T${sinceMs < 0 ? '-' : '+'}${(Math.abs(sinceMs) / 1_000).toFixed(1)}s`;
  const counts: [string, number][] = [
    ['sent', tally.sent],
    ['accepted', tally.accepted],
    ['sold out', tally.soldOut],
    ['too early', tally.notOpen],
    ['replayed', tally.replayed],
    ['busy', tally.busy],
    ['unknown', tally.unknown],
    ['turned away', tally.rejected + tally.otherRefusals],
    ['in MySQL', sale.persisted()],
  ];
  const always = new Set(['sent', 'accepted', 'sold out', 'in MySQL']);
  const shown = counts.filter(([name, count]) => count > 0 || always.has(name));
  return `  ${clock.padStart(7)}  ${shown.map(([name, count]) => `${name} ${count.toLocaleString('en')}`).join('  ')}`;
}
