import type { Line } from '../core/engines/line/line.ts';
import type { LineState } from '../core/engines/line/line-state.ts';
import { showServing } from '../core/wire/line-wire.ts';

/**
 * Returns the serialized answer to `line.serving`. All callers share it for as long as core caches the line (half a
 * second).
 */
export function createLineAnswer(line: Pick<Line, 'serving'>): (eventId: string) => Promise<string> {
  const texts = new WeakMap<LineState, string>();
  return async (eventId) => {
    const state = await line.serving(eventId);
    const text = texts.get(state) ?? JSON.stringify({ result: { data: showServing(state) } });
    texts.set(state, text);
    return text;
  };
}
