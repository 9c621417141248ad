import type { z } from 'zod';
import { Fault, type FaultIssue } from '../runtime/fault.ts';

/** Throws `bad_request` with every field of `input` that `schema` does not allow. */
export function checkFields(schema: z.ZodType, input: unknown): void {
  const { error } = schema.safeParse(input);
  if (error === undefined) return;
  throw badFields(firstOfEachField(error.issues.map(({ path, message }) => ({ path: path.map(fieldName), message }))));
}

/** Keeps one reason for each field, as the API does: an empty name need not also be called blank. */
function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const nameOf = ({ path }: FaultIssue): string => JSON.stringify(path);
  return issues.filter((issue, at) => issues.findIndex((other) => nameOf(other) === nameOf(issue)) === at);
}

/** Outside core, times have no `Ms` in their names. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** A `bad_request` that names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  return new Fault('bad_request', /[.?]$/.test(message) ? message : `${message}.`, { issues });
}
