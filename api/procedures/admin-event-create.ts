import { z } from 'zod';
import { defaultStrategy } from '../../core/events/event.ts';
import * as field from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { checkEventTimes, readEventTimes } from '../event-times.ts';
import { createdInfo } from '../info-input.ts';

const input = z
  .strictObject({
    ...createdInfo,
    stock: field.stock,
    opensAt: field.time,
    closesAt: field.time.nullish(),
    strategy: field.strategy.default(defaultStrategy),
    requestId: field.requestId.optional(),
    reason: field.reason.optional(),
  })
  .superRefine(...checkEventTimes('create'))
  .transform((given) => {
    const { times, rest } = readEventTimes(given);
    // The input check has already reported an invalid opening time, so core never gets this NaN.
    return { ...rest, ...times, opensAtMs: times.opensAtMs ?? Number.NaN };
  });

/** Creates an event. Repeating a `requestId` returns the same event. */
export const adminEventCreate = operatorProcedure
  .input(input)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input: event }) =>
    showAdminEvent(await ctx.admin.create(event, ctx.actor), ctx.clock.nowMs()),
  );
