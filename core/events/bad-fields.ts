import type { z } from 'zod';
import { Fault, type FaultIssue } from '../runtime/fault.ts';
import { say } from '../messages/message.ts';
import { issueReason } from '../messages/zod-issues.ts';

/** Throws `bad_request` with every field of `input` that `schema` does not allow. */
export function checkFields(schema: z.ZodType, input: unknown): void {
  refuseBadFields(fieldIssues(schema, input));
}

/** What of `input` is out of the bounds of `schema`. */
export function fieldIssues(schema: z.ZodType, input: unknown): FaultIssue[] {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues.map((issue) => fieldIssue(issue, issue.path.map(fieldName)));
}

/** An issue of zod with what it says in any language. A rule without a code of its own is only known as broken. */
export function fieldIssue(issue: z.core.$ZodIssue, path: (string | number)[]): FaultIssue {
  const { code, params } = issueReason(issue) ?? say('invalid_field');
  return { path, message: issue.message, code, params };
}

/** One reason a field is enough: an empty name need not be told that it is blank too. */
export function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const nameOf = ({ path }: FaultIssue): string => JSON.stringify(path);
  return issues.filter((issue, at) => issues.findIndex((other) => nameOf(other) === nameOf(issue)) === at);
}

/** Outside core, times have no `Ms` in their names. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** Throws `bad_request` with all of `issues`, if there are any. */
export function refuseBadFields(issues: FaultIssue[]): void {
  if (issues.length > 0) throw badFields(firstOfEachField(issues));
}

/** A `bad_request` that names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  const said = { ...say('invalid_input'), message: /[.?]$/.test(message) ? message : `${message}.` };
  return new Fault('bad_request', said, { issues });
}
