import type { ArgSpec, Command } from '../command.ts';
import { flagName } from '../flag-name.ts';
import type { Groups } from '../program.ts';

export type Candidate = { word: string; summary: string };

/** The words that can stand at the cursor: one of `candidates` or, if `events` is true, the id of an event. */
export type Completion = { candidates: Candidate[]; events: boolean };

/** Completes the last of `words` (the words after the program's name), which is at the cursor and may be empty. */
export function complete(words: readonly string[], commands: readonly Command[], groups: Groups): Completion {
  const before = words.slice(0, -1);
  // `help event pause` takes the same words as `event pause`.
  const path = before[0] === 'help' ? before.slice(1) : before;
  const current = words.at(-1) ?? '';
  const beginning = ({ candidates, events }: Completion): Completion => ({
    candidates: candidates.filter(({ word }) => word.startsWith(current)),
    events,
  });
  const [object = '', verb = ''] = path;
  const group = groups[object] !== undefined;
  const depth = group ? 2 : 1;
  const command = commands.find(({ name }) => name === (group ? `${object} ${verb}` : object));
  if (command !== undefined && path.length >= depth) {
    return before === path ? beginning(argumentsOf(command, path.slice(depth), current)) : nothing;
  }
  if (path.length === 0) return beginning(known(firstWords(commands, groups, before.length === 0)));
  return path.length === 1 && group ? beginning(known(verbsOf(object, commands))) : nothing;
}

const nothing: Completion = { candidates: [], events: false };
const known = (candidates: Candidate[]): Completion => ({ candidates, events: false });

function firstWords(commands: readonly Command[], groups: Groups, withHelp: boolean): Candidate[] {
  const single = commands.filter(({ name }) => !name.includes(' '));
  return [
    ...Object.entries(groups).map(([word, summary]) => ({ word, summary })),
    ...single.map(({ name, summary }) => ({ word: name, summary })),
    ...(withHelp ? [{ word: 'help', summary: 'Show help for a command' }] : []),
  ];
}

function verbsOf(group: string, commands: readonly Command[]): Candidate[] {
  return commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name, summary }) => ({ word: name.slice(group.length + 1), summary }));
}

function argumentsOf(command: Command, given: readonly string[], current: string): Completion {
  const specs = Object.entries(command.args);
  const flags = specs.filter(([, spec]) => !spec.positional);
  const specOf = (word: string | undefined): ArgSpec | undefined =>
    flags.find(([name]) => flagName(name) === word)?.[1];
  const takesValue = (word: string | undefined): boolean => (specOf(word)?.type ?? 'boolean') !== 'boolean';
  const previous = given.at(-1);
  if (takesValue(previous)) return valuesOf(specOf(previous));

  const positionals = specs.map(([, spec]) => spec).filter(({ positional }) => positional);
  const placed = given.filter((word, at) => !word.startsWith('-') && !takesValue(given[at - 1]));
  const next = positionals[placed.length];
  if (next !== undefined && !current.startsWith('-')) return valuesOf(next);
  return known([
    ...flags
      .map(([name, { summary }]) => ({ word: flagName(name), summary }))
      .filter(({ word }) => !given.includes(word)),
    { word: '--json', summary: 'Print the data as JSON and nothing else' },
    { word: '--help', summary: 'Show this help' },
  ]);
}

function valuesOf(spec: ArgSpec | undefined): Completion {
  const candidates = (spec?.choices ?? []).map((word) => ({ word, summary: '' }));
  return { candidates, events: spec?.value === 'event' };
}
