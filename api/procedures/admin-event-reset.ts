import type { ResetInput } from '../../core/changes/inputs.ts';
import * as field from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { adminProcedure } from '../base.ts';
import { change } from '../change-input.ts';
import { checkEventTimes, readEventTimes } from '../event-times.ts';

const input = change
  .extend({
    confirm: field.confirm,
    opensAt: field.time.optional(),
    closesAt: field.time.nullish(),
    stock: field.stock.optional(),
  })
  .superRefine(...checkEventTimes('reset'))
  .transform(({ opensAt, closesAt, ...rest }): ResetInput => {
    const { opensAtMs, closesAtMs } = readEventTimes({ opensAt, closesAt }).times;
    return { ...rest, opensAtMs, closesAtMs };
  });

/**
 * Starts the event's next round. The claims of earlier rounds are kept. The new round is paused unless the call sets
 * `opensAt` to a time in the future.
 */
export const adminEventReset = adminProcedure
  .input(input)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input: round }) =>
    showAdminEvent(await ctx.admin.reset(round, ctx.actor), ctx.clock.nowMs()),
  );
