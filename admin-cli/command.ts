import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';

/** A flag or positional argument as data: parsing, types and help come from it. */
export type ArgSpec = {
  type: 'string' | 'integer' | 'boolean';
  summary: string;
  /** What stands for the value in help, without brackets. */
  value?: string;
  positional?: true;
  /** A positional that may be left out. */
  optional?: true;
  required?: true;
  choices?: readonly string[];
  /** Several of the choices, separated by commas. */
  list?: true;
  /** The flag in one letter. */
  short?: string;
  /** The heading in help; without it, the command's own options. */
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
  /** Object, then verb: `event create`; one word where the command has no object of its own. */
  name: string;
  summary: string;
  details?: string;
  /** At least one; `line` is what follows `coupon-admin`. */
  examples: readonly [Example, ...Example[]];
  args: Args;
  /** A method, so that commands with different arguments fit in one list. What it resolves to is how the process ends. */
  handler(values: Values<Args>, context: Context): Promise<ExitCode | void> | void;
};

/** Gives the handler of a command the types of its arguments. */
export function defineCommand<const Args extends ArgSpecs>(command: Command<Args>): Command<Args> {
  return command;
}
