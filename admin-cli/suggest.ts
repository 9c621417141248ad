import { editsBetween } from '../core/runtime/edits-between.ts';

/**
 * What somebody may have meant who typed `words`, which begin no command: ` Did you mean ...?`, or nothing. `names` are
 * those of the commands (`event pause`), `groups` what they begin with.
 */
export function suggestCommand(words: readonly string[], names: readonly string[], groups: readonly string[]): string {
  const commands = nearest(names, (name) => commandDistance(words, name));
  const [first = ''] = words;
  const found =
    commands.length > 0 || groups.includes(first) ? commands : nearest(groups, (group) => distance(first, group));
  const quoted = found.map((name) => `\`${name}\``);
  const [only, ...more] = quoted;
  if (only === undefined) return '';
  return more.length === 0 ? ` Did you mean ${only}?` : ` Did you mean one of ${quoted.join(', ')}?`;
}

/** Those nearest to what was typed, unless all are far; two letters changed places count once. */
function nearest(names: readonly string[], distanceOf: (name: string) => number): string[] {
  const distances = new Map(names.map((name) => [name, distanceOf(name)]));
  const best = Math.min(...distances.values());
  return names.filter((name) => distances.get(name) === best && best <= farthest).slice(0, suggestionsMax);
}

const farthest = 0.35;
const suggestionsMax = 3;

/** Both words of the name, both the other way round, all in one word, or the verb alone: whichever comes nearest. */
function commandDistance([first = '', second = '']: readonly string[], name: string): number {
  const [object = '', verb = object] = name.split(' ');
  return Math.min(
    distance(first, object) + distance(second, verb),
    distance(second, object) + distance(first, verb),
    distance(first, name),
    distance(first, verb),
    // Of several objects with the same verb, the one that looks most like what was typed.
    distance(second, verb) + distance(first, object) / 10,
  );
}

/** How many letters have to change, as a part of all: 0 is the same, but for case, hyphens and spaces. */
function distance(typed: string, meant: string): number {
  const [a, b] = [plain(typed), plain(meant)];
  return a === '' ? 1 : editsBetween(a, b) / Math.max(a.length, b.length);
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
