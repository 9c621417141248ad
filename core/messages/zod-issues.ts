import { z } from 'zod';
import { missing, type Message } from './message.ts';

/** The rule of a field for zod: what the field must be, and that it is missing where it is. `issueReason` reads it again. */
export function must(rule: Message | ((input: unknown) => Message)) {
  return {
    error: (issue: { input?: unknown; params?: unknown }) => {
      const said = typeof rule === 'function' ? rule(issue.input) : rule;
      const { message, ...reason } = issue.input === undefined ? missing(said) : said;
      // zod copies what an issue holds, and `params` is the place for what is our own.
      issue.params = reason;
      return message;
    },
  };
}

/** An issue of a check that goes beyond one field. */
export const issueOf = (path: PropertyKey[], { message, ...params }: Message) =>
  ({ code: 'custom', path, message, params }) as const;

const issueParams = z.object({ code: z.string(), params: z.record(z.string(), z.unknown()) });

/** Code and parameters of an issue that `must` or `issueOf` made. */
export function issueReason(issue: z.core.$ZodIssue): Pick<Message, 'code' | 'params'> | undefined {
  return 'params' in issue ? issueParams.safeParse(issue.params).data : undefined;
}
