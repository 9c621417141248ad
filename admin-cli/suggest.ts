import { didYouMean } from '../core/messages/rules.ts';
import { distance, nearest } from '../core/runtime/nearest.ts';

/**
 * Returns ` Did you mean ...?` if `words` resemble a command, otherwise ''. `names` are the commands (`event pause`);
 * `groups` are their first words.
 */
export function suggestCommand(words: readonly string[], names: readonly string[], groups: readonly string[]): string {
  const commands = nearest(names, (name) => commandDistance(words, name));
  const [first = ''] = words;
  const found =
    commands.length > 0 || groups.includes(first) ? commands : nearest(groups, (group) => distance(first, group));
  return didYouMean(found.map((name) => `\`${name}\``));
}

/**
 * The distance from the words to a command's name. Takes the smallest of four distances: to both words in order,
 * swapped, or joined, or to the verb alone.
 */
function commandDistance([first = '', second = '']: readonly string[], name: string): number {
  const [object = '', verb = object] = name.split(' ');
  return Math.min(
    distance(first, object) + distance(second, verb),
    distance(second, object) + distance(first, verb),
    distance(first, name),
    distance(first, verb),
    // If several objects have the verb, prefer the object that is most similar to the typed one.
    distance(second, verb) + distance(first, object) / 10,
  );
}
