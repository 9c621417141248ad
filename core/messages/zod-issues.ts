import { z } from 'zod';
import { missing, type Message } from './message.ts';

/**
 * Zod options that attach the rule for a field to any error about the field, even if the field is missing.
 * `issueReason` reads the rule back.
 */
export function must(rule: Message | ((input: unknown) => Message)) {
  return {
    error: (issue: { input?: unknown; params?: unknown }) => {
      const said = typeof rule === 'function' ? rule(issue.input) : rule;
      const { message, ...reason } = issue.input === undefined ? missing(said) : said;
      // The rule is in `params`, because zod keeps that property when it copies an issue.
      issue.params = reason;
      return message;
    },
  };
}

/** Makes an issue for a check of several fields. */
export const issueOf = (path: PropertyKey[], { message, ...params }: Message) =>
  ({ code: 'custom', path, message, params }) as const;

const issueParams = z.object({ code: z.string(), params: z.record(z.string(), z.unknown()) });

/** Returns the code and parameters of an issue that `must` or `issueOf` made. */
export function issueReason(issue: z.core.$ZodIssue): Pick<Message, 'code' | 'params'> | undefined {
  return 'params' in issue ? issueParams.safeParse(issue.params).data : undefined;
}
