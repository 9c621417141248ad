import type { z } from 'zod';
import { Fault, type FaultIssue } from '../runtime/fault.ts';
import { say } from '../messages/message.ts';
import { issueReason } from '../messages/zod-issues.ts';

/** Throws `bad_request` with every field of `input` that `schema` does not allow. */
export function checkFields(schema: z.ZodType, input: unknown): void {
  refuseBadFields(fieldIssues(schema, input));
}

/** Returns an issue for everything in `input` that `schema` does not allow. */
export function fieldIssues(schema: z.ZodType, input: unknown): FaultIssue[] {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues.map((issue) => fieldIssue(issue, issue.path.map(fieldName)));
}

/**
 * Adds to a zod issue the code and parameters from which its message can be made in any language. An issue without a
 * code gets `invalid_field`.
 */
export function fieldIssue(issue: z.core.$ZodIssue, path: (string | number)[]): FaultIssue {
  const { code, params } = issueReason(issue) ?? say('invalid_field');
  return { path, message: issue.message, code, params };
}

/** Keeps only the first issue of each field: if a name is empty, it need not also be reported as blank. */
export function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const nameOf = ({ path }: FaultIssue): string => JSON.stringify(path);
  return issues.filter((issue, at) => issues.findIndex((other) => nameOf(other) === nameOf(issue)) === at);
}

/** Outside core, times have no `Ms` in their names. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** Throws one `bad_request` with all of `issues`. Does nothing if there are none. */
export function refuseBadFields(issues: FaultIssue[]): void {
  if (issues.length > 0) throw badFields(firstOfEachField(issues));
}

/** A `bad_request` whose message names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  const said = { ...say('invalid_input'), message: /[.?]$/.test(message) ? message : `${message}.` };
  return new Fault('bad_request', said, { issues });
}
