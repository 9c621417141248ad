import { styleText } from 'node:util';
import type { Sink } from './io.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/**
 * Whether to use colours. A terminal gets colours unless the user turned them off (no-color.org); a pipe or file gets
 * them only with `FORCE_COLOR`.
 */
export function showsColors(sink: Sink, env: Record<string, string | undefined>): boolean {
  if (env['NO_COLOR'] || ['0', 'false'].includes(env['FORCE_COLOR'] ?? '')) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return true;
  return sink.isTTY && env['TERM'] !== 'dumb';
}

export function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}
