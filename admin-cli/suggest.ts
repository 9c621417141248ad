import { didYouMean } from '../core/messages/rules.ts';
import { distance, nearest } from '../core/runtime/nearest.ts';

/**
 * What somebody may have meant who typed `words`, which begin no command: ` Did you mean ...?`, or nothing. `names` are
 * those of the commands (`event pause`), `groups` what they begin with.
 */
export function suggestCommand(words: readonly string[], names: readonly string[], groups: readonly string[]): string {
  const commands = nearest(names, (name) => commandDistance(words, name));
  const [first = ''] = words;
  const found =
    commands.length > 0 || groups.includes(first) ? commands : nearest(groups, (group) => distance(first, group));
  return didYouMean(found.map((name) => `\`${name}\``));
}

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
