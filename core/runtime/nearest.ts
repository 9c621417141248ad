import { editsBetween } from './edits-between.ts';

const suggestionsMax = 3;
const farthest = 0.35;
/** Longer texts are no typos. */
const charsMax = 64;

/** Those of `names` that come nearest to what somebody typed, by `distanceOf`; none if all are far. */
export function nearest(names: readonly string[], distanceOf: (name: string) => number): string[] {
  const distances = new Map(names.map((name) => [name, distanceOf(name)]));
  const best = Math.min(...distances.values());
  return names.filter((name) => distances.get(name) === best && best <= farthest).slice(0, suggestionsMax);
}

/** How many letters have to change, as a part of all: 0 is the same, but for case, punctuation and spaces. */
export function distance(typed: string, meant: string): number {
  // Anybody may send texts of any length to be compared with every name, so the long ones cost nothing.
  if (typed.length > 2 * charsMax) return 1;
  const [a, b] = [plain(typed), plain(meant)];
  const longest = Math.max(a.length, b.length);
  if (a === '' || a.length > charsMax || Math.abs(a.length - b.length) > farthest * longest) return 1;
  return editsBetween(a, b) / longest;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
