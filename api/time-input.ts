import type { z } from 'zod';
import { issueOf } from '../core/messages/zod-issues.ts';
import { readTime } from '../core/runtime/local-time.ts';

/** Reads times that have an offset. Adds an issue for each one that can't be read; absent fields stay absent. */
export function readTimes<Name extends string>(
  given: Record<Name, string | undefined>,
  context: Pick<z.RefinementCtx, 'addIssue'>,
): Partial<Record<Name, number>> {
  const read: Partial<Record<Name, number>> = {};
  for (const [name, text] of Object.entries(given) as [Name, string | undefined][]) {
    if (text === undefined) continue;
    const time = readTime(text, undefined);
    if (time.ok) read[name] = time.ms;
    else context.addIssue(issueOf([name], time.problem));
  }
  return read;
}
