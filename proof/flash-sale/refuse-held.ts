import type { createApiClient } from './api-client.ts';

/**
 * Throws when an event that was just made waits for another admin's approval: nobody would ever be let in. It is closed
 * first, because its stock and amount were chosen for this one sale.
 */
export async function refuseHeld(
  api: ReturnType<typeof createApiClient>,
  event: { id: string; stock: number; amount: number; needsApproval: boolean },
): Promise<void> {
  if (!event.needsApproval) return;
  const { id, stock, amount } = event;
  await api.admin.event.close.mutate({ eventId: id, reason: 'a sale for measuring can not wait for an approval' });
  throw new Error(
    `The system lets no event with a stock of ${stock} and an amount of ${amount} open before another admin approves it ` +
      `(APPROVAL_AMOUNT, APPROVAL_STOCK). Take a smaller --stock, or a system without these limits.`,
  );
}
