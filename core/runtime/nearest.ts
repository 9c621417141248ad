import { editsBetween } from './edits-between.ts';

const suggestionsMax = 3;
const farthest = 0.35;
/** A longer string can't be a typo of any name. */
const charsMax = 64;

/**
 * The `names` with the smallest distance from a typed string, by `distanceOf`; none if all of them are too far away.
 */
export function nearest(names: readonly string[], distanceOf: (name: string) => number): string[] {
  const distances = new Map(names.map((name) => [name, distanceOf(name)]));
  const best = Math.min(...distances.values());
  return names.filter((name) => distances.get(name) === best && best <= farthest).slice(0, suggestionsMax);
}

/** The share of letters that differ. It is 0 if the strings are equal apart from case, punctuation and spaces. */
export function distance(typed: string, meant: string): number {
  // Callers without a token can send strings of any length, and each string is compared with every name, so refuse a
  // long string before any work.
  if (typed.length > 2 * charsMax) return 1;
  const [a, b] = [plain(typed), plain(meant)];
  const longest = Math.max(a.length, b.length);
  if (a === '' || a.length > charsMax || Math.abs(a.length - b.length) > farthest * longest) return 1;
  return editsBetween(a, b) / longest;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
