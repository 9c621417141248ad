import { styleText } from 'node:util';
import type { Sink } from './io.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/**
 * Colours are for people: a terminal that can show them, and nobody who asked for none (no-color.org). `FORCE_COLOR` asks for
 * them elsewhere too, such as in the log of a build.
 */
export function showsColors(sink: Sink, env: Record<string, string | undefined>): boolean {
  if (env['NO_COLOR'] || ['0', 'false'].includes(env['FORCE_COLOR'] ?? '')) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return true;
  return sink.isTTY && env['TERM'] !== 'dumb';
}

/** `text` in `style`, whoever reads it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}
