import stringWidth from 'string-width';
import { columnsOf, type Sink } from '../io.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEndOfLine = '\u001b[K';
const clearBelow = '\u001b[J';

/**
 * Redraws lines at the bottom of a terminal in place. Each drawing is one write and does not clear the lines first, so
 * that the lines don't flicker.
 */
export function createLiveArea(stdout: Sink) {
  let drawn: readonly string[] | undefined;
  return {
    draw(lines: readonly string[]): void {
      const up = drawn === undefined ? hideCursor : `\u001b[${heightOf(drawn, columnsOf(stdout))}A\r`;
      stdout.write(`${up}${lines.map((line) => `${line}${clearToEndOfLine}\n`).join('')}${clearBelow}`);
      drawn = lines;
    },
    /** Leaves the last drawing on the screen and shows the cursor again. */
    end(): void {
      if (drawn !== undefined) stdout.write(showCursor);
    },
  };
}

/** Returns how many lines the drawing takes now. If the window became narrower, the drawing's lines wrap. */
function heightOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
}
