import type { ResetInput } from '../../core/changes/inputs.ts';
import { resetLocked } from '../../core/changes/reset-event.ts';
import type { Lab } from './lab.ts';

/** Resets an event like a process that dies after it commits the rows and before it changes the gate. */
export async function resetRowsAndDie(lab: Lab, eventId: string, change: Partial<ResetInput> = {}): Promise<void> {
  const { stores, clock } = lab.first;
  const asked = {
    ...{ action: 'event.reset', actor: 'tester', role: 'admin', door: 'api' as const, reason: null },
    ...{ requestId: `reset-${eventId}`, inputHash: '', atMs: clock.nowMs() },
  };
  await stores.db.$transaction((tx) => resetLocked(stores, tx, asked, { eventId, confirm: 'Opening sale', ...change }));
}
