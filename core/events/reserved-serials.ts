/**
 * Serials that an operator keeps back when an event goes on above them: somebody may have been promised them by a gate that
 * was lost, and can prove it. Nobody else gets them. As they are kept in row and gate: ranges in rising order, `11-14 31-40`,
 * '' for none. Some of them may have claims by now.
 */
export type SerialRange = { from: number; to: number };

/** As many characters as the row holds: 47 ranges and more. */
const charsMax = 1_000;

/** Reads the ranges; what is none of ours is left out. */
export function parseReserved(reserved: string): SerialRange[] {
  return [...reserved.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => ({ from: Number(from), to: Number(to) }));
}

/** The highest reserved serial, 0 when there is none. */
export const reservedTo = (reserved: string): number => parseReserved(reserved).at(-1)?.to ?? 0;

/** With one range more, which lies above the others; null when there are too many to keep. */
export function withRange(reserved: string, { from, to }: SerialRange): string | null {
  const ranges = `${reserved} ${from}-${to}`.trim();
  return ranges.length > charsMax ? null : ranges;
}

/** How many serials of `from` to `to` are reserved. */
export function countReserved(reserved: string, { from, to }: SerialRange): number {
  return parseReserved(reserved).reduce(
    (sum, range) => sum + Math.max(0, Math.min(range.to, to) - Math.max(range.from, from) + 1),
    0,
  );
}

/** The serials of `gaps`, which are in rising order, that are reserved. */
export function* reservedAmong(reserved: string, gaps: Iterable<SerialRange>): Generator<number> {
  const ranges = parseReserved(reserved);
  for (const gap of gaps) {
    for (const { from, to } of ranges) {
      for (let serial = Math.max(from, gap.from); serial <= Math.min(to, gap.to); serial += 1) yield serial;
    }
  }
}
