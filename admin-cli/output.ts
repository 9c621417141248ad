import { columnsOf, type Io } from './io.ts';
import { paint, showsColors, type Style } from './paint.ts';
import { asCalled } from './program-name.ts';

/** The same data in a form for each kind of reader. Only the form that is needed is computed. */
export type Shown = {
  /** For programs: what `--json` prints. */
  json: () => unknown;
  /** For people at a terminal. */
  terminal: (look: Look) => string;
  /** For pipes: tab-separated, never cut or coloured. */
  plain: () => string;
};

export type Look = { columns: number; paint: (style: Style, text: string) => string };

export type Output = {
  /** Who reads stdout: a program that asked for JSON, a person at a terminal, or a pipe. */
  reader: 'program' | 'person' | 'pipe';
  /** The terminal's current size and colours. The size changes if the user resizes the window. */
  look(): Look;
  show(shown: Shown): void;
  /** Writes a remark to stderr, except with `--json`. */
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
      if (!json) io.stderr.write(`${asCalled(text, io.env)}\n`);
    },
  };
}
