/**
 * A range of serials that an operator reserved by resuming an event above them. A lost gate may have promised these
 * serials, so only a user who can prove such a promise gets one. The row and the gate store the ranges in ascending
 * order, such as `11-14 31-40`, or '' if there are none. A reserved serial may already have a claim.
 */
export type SerialRange = { from: number; to: number };

/** The size of the column, which fits 47 ranges of the longest numbers. */
const charsMax = 1_000;

/** Parses the ranges. Skips everything that isn't a range. */
export function parseReserved(reserved: string): SerialRange[] {
  return [...reserved.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => ({ from: Number(from), to: Number(to) }));
}

/** The highest reserved serial; 0 if there is none. */
export const reservedTo = (reserved: string): number => parseReserved(reserved).at(-1)?.to ?? 0;

/** Adds a range that lies above all others. Returns null if the result would be too long to store. */
export function withRange(reserved: string, { from, to }: SerialRange): string | null {
  const ranges = `${reserved} ${from}-${to}`.trim();
  return ranges.length > charsMax ? null : ranges;
}

/** How many serials from `from` to `to` are reserved. */
export function countReserved(reserved: string, { from, to }: SerialRange): number {
  return parseReserved(reserved).reduce(
    (sum, range) => sum + Math.max(0, Math.min(range.to, to) - Math.max(range.from, from) + 1),
    0,
  );
}

/** The reserved serials that lie in `gaps`. The gaps must be in ascending order. */
export function* reservedAmong(reserved: string, gaps: Iterable<SerialRange>): Generator<number> {
  const ranges = parseReserved(reserved);
  for (const gap of gaps) {
    for (const { from, to } of ranges) {
      for (let serial = Math.max(from, gap.from); serial <= Math.min(to, gap.to); serial += 1) yield serial;
    }
  }
}
