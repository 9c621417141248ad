import { z } from 'zod';
import { defaultStrategy } from '../../core/events/event.ts';
import { operatorProcedure } from '../base.ts';
import { adminEventOutput, showAdminEvent } from '../event-output.ts';
import { readEventTimes } from '../event-times.ts';
import * as field from '../fields.ts';

const input = z
  .strictObject({
    name: field.eventName,
    amount: field.amount,
    stock: field.stock,
    opensAt: field.time,
    closesAt: field.time.nullish(),
    currency: field.currency.default('KRW'),
    strategy: field.strategy.default(defaultStrategy),
    timeZone: field.timeZone.nullish(),
    description: field.description.default(''),
    listed: field.listed.default(true),
    requestId: field.requestId.optional(),
    reason: field.reason.optional(),
  })
  .transform(({ opensAt, closesAt, timeZone, ...rest }, context) => {
    const times = readEventTimes({ opensAt, closesAt, timeZone }, context);
    // An opening that can't be read has been reported, and then the input goes no further.
    return { ...rest, ...times, opensAtMs: times.opensAtMs ?? Number.NaN };
  });

/** Makes an event. The same `requestId` again answers the same event. */
export const adminEventCreate = operatorProcedure
  .input(input)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input: event }) =>
    showAdminEvent(await ctx.admin.create(event, ctx.actor), ctx.clock.nowMs()),
  );
