import { z } from 'zod';
import { limit, time } from '../../core/events/fields.ts';
import { phases } from '../../core/events/phase.ts';
import { say } from '../../core/messages/message.ts';
import { issueOf, must } from '../../core/messages/zod-issues.ts';
import { readTime } from '../../core/runtime/local-time.ts';
import { type EventSearch, searchSorts } from '../../core/views/event-search.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { viewerProcedure } from '../base.ts';

const trueOrFalse = must(say('true_or_false'));
const offsetRule = must(say('whole_from_0', { max: 1_000 }));

const input = z
  .strictObject({
    search: z
      .string(must(say('text')))
      .max(200, must(say('too_long', { max: 200 })))
      .optional(),
    phase: z.enum(phases, must(say('one_of', { allowed: phases }))).optional(),
    needsApproval: z.boolean(trueOrFalse).optional(),
    opensFrom: time.optional(),
    opensBefore: time.optional(),
    sort: z.enum(searchSorts, must(say('one_of', { allowed: searchSorts }))).default('urgency'),
    descending: z.boolean(trueOrFalse).default(false),
    offset: z.int(offsetRule).min(0, offsetRule).max(1_000, offsetRule).default(0),
    limit: limit(100, 50),
  })
  .prefault({})
  .transform(({ opensFrom, opensBefore, needsApproval, ...rest }, context): EventSearch => {
    const read = (field: string, text: string | undefined): number | undefined => {
      if (text === undefined) return undefined;
      const moment = readTime(text, undefined);
      if (moment.ok) return moment.ms;
      context.addIssue(issueOf([field], moment.problem));
      return undefined;
    };
    return {
      ...rest,
      ...(needsApproval === true && { needsApproval }),
      opensFromMs: read('opensFrom', opensFrom),
      opensBeforeMs: read('opensBefore', opensBefore),
    };
  });

const count = z.int().min(0);

/**
 * Returns a page of the events that match, and how many match. Open events come first unless `sort` says otherwise.
 * Looks at the 1,000 events that open latest; `truncated` says whether there are more.
 */
export const adminEventSearch = viewerProcedure
  .input(input)
  .output(
    z.object({
      events: z.array(adminEventOutput),
      total: count,
      /** How many events of each phase match the other filters. */
      counts: z.object({ closed: count, scheduled: count, paused: count, sold_out: count, open: count }),
      unapproved: count,
      truncated: z.boolean(),
    }),
  )
  .query(async ({ ctx, input: wanted }) => {
    const { events, ...found } = await ctx.admin.search(wanted);
    const nowMs = ctx.clock.nowMs();
    return { events: events.map((event) => showAdminEvent(event, nowMs)), ...found };
  });
