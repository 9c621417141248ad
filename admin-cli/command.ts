import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';

/** A flag or positional argument as data, from which parsing, types and help are derived. */
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
  /** The flag takes several of the choices, separated by commas. */
  list?: true;
  /** The one-letter name of the flag. */
  short?: string;
  /** The heading in help. Without a heading, help lists the flag among the command's own options. */
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

/** The parsed arguments of a command. A switch that was not given is false. */
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
  /** The object, then the verb: `event create`. One word if the command has no object. */
  name: string;
  summary: string;
  details?: string;
  /** At least one example. `line` is the command line after the program's name. */
  examples: readonly [Example, ...Example[]];
  args: Args;
  /**
   * Resolves to the exit code, or to nothing for 0. A method, so that commands with different arguments fit in one
   * list.
   */
  handler(values: Values<Args>, context: Context): Promise<ExitCode | void> | void;
};

/** Infers the types of the handler's arguments. */
export function defineCommand<const Args extends ArgSpecs>(command: Command<Args>): Command<Args> {
  return command;
}
