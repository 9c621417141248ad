import type { z } from 'zod';
import { Fault, type FaultIssue } from '../runtime/fault.ts';

/** Throws `bad_request` with every field of `input` that is out of the bounds of `schema`. */
export function checkFields(schema: z.ZodType, input: unknown): void {
  const { error } = schema.safeParse(input);
  if (error === undefined) return;
  throw badFields(firstOfEachField(error.issues.map(({ path, message }) => ({ path: path.map(fieldName), message }))));
}

/** One reason a field is enough, as it is for the API: an empty name need not be told that it is blank too. */
function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const nameOf = ({ path }: FaultIssue): string => JSON.stringify(path);
  return issues.filter((issue, at) => issues.findIndex((other) => nameOf(other) === nameOf(issue)) === at);
}

/** Doors have times without `Ms`. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** A `bad_request` that names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  return new Fault('bad_request', /[.?]$/.test(message) ? message : `${message}.`, { issues });
}
