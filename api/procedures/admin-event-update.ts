import type { UpdateEventInput } from '../../core/changes/inputs.ts';
import * as field from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';
import { checkEventTimes, readEventTimes } from '../event-times.ts';
import { updatedInfo } from '../info-input.ts';

const input = change
  .extend({
    ...updatedInfo,
    currency: field.heldCurrency.optional(),
    stock: field.stock.optional(),
    opensAt: field.time.optional(),
    closesAt: field.time.nullish(),
    strategy: field.strategy.optional(),
    confirm: field.confirm.optional(),
  })
  .superRefine(...checkEventTimes('update'))
  .transform((given): UpdateEventInput => {
    const { times, rest } = readEventTimes(given);
    return { eventId: rest.eventId, ...withoutAbsent({ ...rest, ...times }) };
  });

/**
 * Changes the given fields of an event. An absent field keeps its value, and null removes an optional value, such as
 * the closing time. Lowering the stock of an open event requires `confirm`, the event's name.
 */
export const adminEventUpdate = operatorProcedure
  .input(input)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input: changes }) =>
    showAdminEvent(await ctx.admin.update(changes, ctx.actor), ctx.clock.nowMs()),
  );

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

const withoutAbsent = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
