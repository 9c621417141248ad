import { columnsOf, type Io } from './io.ts';
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
  /** Who reads stdout: a program that asked for JSON, a person at a terminal, or a pipe. */
  reader: 'program' | 'person' | 'pipe';
  /** What the terminal shows at this moment; windows change their size. */
  look(): Look;
  show(shown: Shown): void;
  /** A remark for people; programs that asked for JSON are spared it. */
  note(text: string): void;
};

export function createOutput(io: Io, json: boolean): Output {
  const painter: Look['paint'] = showsColors(io.stdout, io.env) ? paint : (_style, text) => text;
  const look = (): Look => ({ columns: columnsOf(io.stdout), paint: painter });
  return {
    reader: json ? 'program' : io.stdout.isTTY ? 'person' : 'pipe',
    look,
    show(shown) {
      if (json) io.stdout.write(`${JSON.stringify(shown.json(), null, 2)}\n`);
      else io.stdout.write(`${io.stdout.isTTY ? shown.terminal(look()) : shown.plain()}\n`);
    },
    note(text) {
      if (!json) io.stderr.write(`${text}\n`);
    },
  };
}
