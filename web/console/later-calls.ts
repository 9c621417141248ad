import type { AdminEvent, ConsoleClient, Inputs } from './session.ts';

/** What an API that knows approvals tells of an event. An older one says nothing of it. */
export type Approval = { needsApproval: boolean; approvalAskedBy: string | null };

/** Null where the API knows no approvals; it then knows no resuming from a serial either, and neither is shown. */
export function approvalOf(event: AdminEvent): Approval | null {
  const told = event as AdminEvent & Partial<Approval>;
  return told.needsApproval === undefined
    ? null
    : { needsApproval: told.needsApproval, approvalAskedBy: told.approvalAskedBy ?? null };
}

type Change = Inputs['admin']['event']['pause'];
type LaterEvents = {
  approve: { mutate(input: Change): Promise<AdminEvent> };
  resume: { mutate(input: Change & { fromSerial?: number }): Promise<AdminEvent> };
};

/** Calls that the API has only where `approvalOf` is not null. */
export const laterCalls = (client: ConsoleClient): LaterEvents => client.admin.event;
