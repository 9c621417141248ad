import { styleText } from 'node:util';
import type { Sink } from './io.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours are for people: a terminal that can show them, and nobody who asked for none (no-color.org). */
export function showsColors(sink: Sink, env: Record<string, string | undefined>): boolean {
  return sink.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** `text` in `style`, whoever reads it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}
