/**
 * A range of serials that an operator reserves when an event resumes above them. A lost gate may have promised them to
 * users, who can prove it; nobody else gets them. Row and gate store the ranges in rising order, such as `11-14 31-40`,
 * or '' for none. Some of the serials may have claims by now.
 */
export type SerialRange = { from: number; to: number };

/** The size of the column: room for 47 ranges or more. */
const charsMax = 1_000;

/** Reads the ranges, and skips anything that isn't one. */
export function parseReserved(reserved: string): SerialRange[] {
  return [...reserved.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => ({ from: Number(from), to: Number(to) }));
}

/** The highest reserved serial; 0 if there is none. */
export const reservedTo = (reserved: string): number => parseReserved(reserved).at(-1)?.to ?? 0;

/** Adds a range that lies above the others. Null if there are too many to store. */
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

/** The reserved serials in `gaps`, which must be in rising order. */
export function* reservedAmong(reserved: string, gaps: Iterable<SerialRange>): Generator<number> {
  const ranges = parseReserved(reserved);
  for (const gap of gaps) {
    for (const { from, to } of ranges) {
      for (let serial = Math.max(from, gap.from); serial <= Math.min(to, gap.to); serial += 1) yield serial;
    }
  }
}
