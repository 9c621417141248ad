import type { EventInfo } from '../events/event-fields.ts';

/** The fields of an event that configure its waiting line. */
type LineInfo = Pick<EventInfo, 'line' | 'lineOpensAtMs' | 'admitPerSecond' | 'admitPercent'>;

const orNone = (value: number | null): string => (value === null ? '-' : String(value));

/**
 * A line's configuration as `configure-gate.lua` takes it: `order opensAtMs perSecond percent`, where `-` stands for a
 * value that is not set.
 */
export const configuredLine = ({ line, lineOpensAtMs, admitPerSecond, admitPercent }: LineInfo): string =>
  [line ?? 'off', orNone(lineOpensAtMs), orNone(admitPerSecond), admitPercent ?? 100].join(' ');

/**
 * The field `line` of a new gate, which is empty if the event has no line. `configure-gate.lua` sets it to `drain ...`
 * when a line is turned off while people are in it.
 */
export const lineOfNewGate = (info: LineInfo): string => ((info.line ?? 'off') === 'off' ? '' : configuredLine(info));
