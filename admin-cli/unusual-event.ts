import { defaultOf } from '../core/events/event-fields.ts';
import { unusualOf, type Unusual } from '../core/events/unusual.ts';
import type { RemoteAdmin } from './api-client.ts';
import type { Output } from './output.ts';

/** The console compares with the same number. */
const othersMax = 100;

const words: Record<Unusual, string> = {
  amountFar: 'Warning: the amount is far above what is usual here.',
  amountSmall: 'Warning: the amount is small. It is in the minor unit: 1000 is 10 dollars, or 1,000 won.',
  stockFar: 'Warning: the stock is far above what is usual, or very large: Redis needs 200 MB for a million coupons.',
};

/** Warns if amount or stock looks like a slip, compared with the newest other events. */
export async function warningsOf(
  { admin, out }: { admin: Pick<RemoteAdmin, 'list'>; out: Output },
  event: { eventId?: string; amount: number; currency?: string | undefined; stock: number },
): Promise<string[]> {
  // A program gets no warnings, so save the call.
  if (out.reader === 'program') return [];
  const { amount, currency = String(defaultOf('currency')), stock } = event;
  try {
    const { events } = await admin.list({ limit: othersMax });
    const others = events.filter(({ eventId }) => eventId !== event.eventId);
    return unusualOf({ amount, currency, stock }, others).map((unusual) => words[unusual]);
  } catch {
    // Without the API there is no warning; the change itself will report the failure.
    return [];
  }
}
