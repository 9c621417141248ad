import stringWidth from 'string-width';
import { columnsOf, type Sink } from '../io.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEndOfLine = '\u001b[K';
const clearBelow = '\u001b[J';

/** Lines at the bottom of a terminal that are redrawn in place, each time in one write and without clearing first. */
export function createLiveArea(stdout: Sink) {
  let drawn: readonly string[] | undefined;
  return {
    draw(lines: readonly string[]): void {
      const up = drawn === undefined ? hideCursor : `\u001b[${heightOf(drawn, columnsOf(stdout))}A\r`;
      stdout.write(`${up}${lines.map((line) => `${line}${clearToEndOfLine}\n`).join('')}${clearBelow}`);
      drawn = lines;
    },
    /** Keeps the last drawing and shows the cursor again. */
    end(): void {
      if (drawn !== undefined) stdout.write(showCursor);
    },
  };
}

/** The drawing's current height. If the window has become narrower, the lines wrap. */
function heightOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
}
