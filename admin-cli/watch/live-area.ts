import stringWidth from 'string-width';
import { columnsOf, type Sink } from '../io.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEndOfLine = '\u001b[K';
const clearBelow = '\u001b[J';

/** Lines at the end of a terminal that are drawn over in place, each time in one write and without being cleared first. */
export function createLiveArea(stdout: Sink) {
  let drawn: readonly string[] | undefined;
  return {
    draw(lines: readonly string[]): void {
      const up = drawn === undefined ? hideCursor : `\u001b[${heightOf(drawn, columnsOf(stdout))}A\r`;
      stdout.write(`${up}${lines.map((line) => `${line}${clearToEndOfLine}\n`).join('')}${clearBelow}`);
      drawn = lines;
    },
    /** Leaves what was drawn last, and gives the cursor back. */
    end(): void {
      if (drawn !== undefined) stdout.write(showCursor);
    },
  };
}

/** A window that got narrower has broken the lines that it shows. */
function heightOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
}
