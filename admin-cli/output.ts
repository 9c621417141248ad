import type { Io } from './io.ts';
import { paint, showsColors, type Style } from './paint.ts';

/** The same data for each kind of reader; only the one that is asked for gets made. */
export type Shown = {
  /** For programs: what `--json` prints. */
  json: () => unknown;
  /** For people at a terminal. */
  terminal: (look: Look) => string;
  /** For pipes: tab-separated, nothing cut off, nothing coloured. */
  plain: () => string;
};

/** What a terminal can show. */
export type Look = { columns: number; paint: (style: Style, text: string) => string };

/** Data goes to stdout and talk to stderr. */
export type Output = {
  show(shown: Shown): void;
  /** A remark for people; programs that asked for JSON are spared it. */
  note(text: string): void;
};

export function createOutput(io: Io, json: boolean): Output {
  const look: Look = {
    columns: io.stdout.columns ?? 80,
    paint: showsColors(io.stdout, io.env) ? paint : (_style, text) => text,
  };
  return {
    show(shown) {
      if (json) io.stdout.write(`${JSON.stringify(shown.json(), null, 2)}\n`);
      else io.stdout.write(`${io.stdout.isTTY ? shown.terminal(look) : shown.plain()}\n`);
    },
    note(text) {
      if (!json) io.stderr.write(`${text}\n`);
    },
  };
}
