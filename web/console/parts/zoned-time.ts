/** Formatters by time zone, cached because creating a formatter takes ten times as long as using it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Returns a formatter for a zone's local times. Throws if the zone does not exist. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', era: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** How far a zone is ahead of UTC at an instant, in ms. */
function offsetMs(instantMs: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instantMs);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
  const wallMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wallMs - Math.floor(instantMs / 1_000) * 1_000;
}

/**
 * Returns the instants at which a zone's clocks show a local time such as `2026-03-29T02:30`. A skipped time has no
 * instant, and a repeated time has two. Returns null if the time or the zone is invalid. Used only for previews,
 * because the server does its own conversion.
 */
export function instantsOf(local: string, timeZone: string): number[] | null {
  const wallMs = Date.parse(`${local}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local) || Number.isNaN(wallMs)) return null;
  try {
    const offsets = new Set([-86_400_000, 86_400_000].map((aside) => offsetMs(wallMs + aside, timeZone)));
    return [...offsets]
      .map((offset) => wallMs - offset)
      .filter((instantMs) => instantMs + offsetMs(instantMs, timeZone) === wallMs)
      .sort((a, b) => a - b);
  } catch {
    return null;
  }
}

/** Formats an instant as a zone's clocks show it: `2026-09-01T10:00:00`. */
export const localIn = (instantMs: number, timeZone: string): string =>
  new Date(instantMs + offsetMs(instantMs, timeZone)).toISOString().slice(0, 19);

/** Returns the zone if this browser knows it, otherwise UTC. */
export function readableZone(timeZone: string): string {
  try {
    clockOf(timeZone);
    return timeZone === '' ? 'UTC' : timeZone;
  } catch {
    return 'UTC';
  }
}

/**
 * Returns the instant of a typed time; 'skipped' or 'twice' if the zone's clocks skip or repeat that time; null if
 * the time is invalid.
 */
export function instantOf(text: string, timeZone: string): number | 'skipped' | 'twice' | null {
  if (text === '') return null;
  if (/(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    const ms = Date.parse(text.replace(' ', 'T'));
    return Number.isNaN(ms) ? null : ms;
  }
  const instants = instantsOf(text.replace(' ', 'T'), timeZone);
  if (instants === null) return null;
  return instants.length === 0 ? 'skipped' : instants.length > 1 ? 'twice' : (instants[0] ?? null);
}
