import { styleText } from 'node:util';
import type { Sink } from './io.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/**
 * Whether to use colours: only on a terminal that can show them, and not if the user has turned them off
 * (no-color.org). `FORCE_COLOR` turns them on elsewhere too, such as in a build log.
 */
export function showsColors(sink: Sink, env: Record<string, string | undefined>): boolean {
  if (env['NO_COLOR'] || ['0', 'false'].includes(env['FORCE_COLOR'] ?? '')) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return true;
  return sink.isTTY && env['TERM'] !== 'dumb';
}

/** Styles `text` unconditionally. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}
