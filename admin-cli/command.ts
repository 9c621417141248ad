import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';

/** A flag or positional argument as data. Parsing, types and help are derived from it. */
export type ArgSpec = {
  type: 'string' | 'integer' | 'boolean';
  summary: string;
  /** The placeholder for the value in help, without brackets. */
  value?: string;
  positional?: true;
  /** Whether a positional may be omitted. */
  optional?: true;
  required?: true;
  choices?: readonly string[];
  /** Takes several of the choices, separated by commas. */
  list?: true;
  /** The one-letter form of the flag. */
  short?: string;
  /** The heading in help. Without it, the flag is listed among the command's own options. */
  group?: string;
};

export type ArgSpecs = Record<string, ArgSpec>;

type ValueOf<Spec extends ArgSpec> = Spec extends { choices: readonly (infer Choice)[] }
  ? Spec extends { list: true }
    ? readonly Choice[]
    : Choice
  : Spec['type'] extends 'integer'
    ? number
    : string;

/** The parsed arguments of a command. Switches that were not given are false. */
export type Values<Args extends ArgSpecs> = {
  [Name in keyof Args]: Args[Name]['type'] extends 'boolean'
    ? boolean
    : Args[Name] extends { optional: true }
      ? ValueOf<Args[Name]> | undefined
      : Args[Name] extends { positional: true } | { required: true }
        ? ValueOf<Args[Name]>
        : ValueOf<Args[Name]> | undefined;
};

export type Example = { says: string; line: string };

export type Command<Args extends ArgSpecs = ArgSpecs> = {
  /** Object, then verb: `event create`. One word if the command has no object. */
  name: string;
  summary: string;
  details?: string;
  /** At least one; `line` is what follows the program's name. */
  examples: readonly [Example, ...Example[]];
  args: Args;
  /**
   * A method, so that commands with different arguments fit in one list. Resolves to the exit code; nothing means 0.
   */
  handler(values: Values<Args>, context: Context): Promise<ExitCode | void> | void;
};

/** Infers the types of the handler's arguments. */
export function defineCommand<const Args extends ArgSpecs>(command: Command<Args>): Command<Args> {
  return command;
}
