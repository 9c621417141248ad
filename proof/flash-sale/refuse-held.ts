import type { createApiClient } from './api-client.ts';

/**
 * Throws if a new event needs another admin's approval, because such an event would accept no claim. Before it throws,
 * closes the event, which was created only for this sale.
 */
export async function refuseHeld(
  api: ReturnType<typeof createApiClient>,
  event: { id: string; stock: number; amount: number; needsApproval: boolean },
): Promise<void> {
  if (!event.needsApproval) return;
  const { id, stock, amount } = event;
  await api.admin.event.close.mutate({ eventId: id, reason: 'a test sale cannot wait for an approval' });
  throw new Error(
    `On this system, an event with a stock of ${stock} and an amount of ${amount} needs another admin's approval ` +
      `(APPROVAL_AMOUNT, APPROVAL_STOCK). Use a smaller --stock, or a system without these limits.`,
  );
}
