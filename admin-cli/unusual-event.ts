import { defaultOf } from '../core/events/event-fields.ts';
import { unusualOf, type Unusual } from '../core/events/unusual.ts';
import type { RemoteAdmin } from './api-client.ts';
import type { Output } from './output.ts';

/** The number of events to compare with; the console uses the same number. */
const othersMax = 100;

const words: Record<Unusual, string> = {
  amountFar: 'Warning: the amount is far above what is usual here.',
  amountSmall: 'Warning: the amount is small. It is in the minor unit: 1000 is 10 dollars, or 1,000 won.',
  stockFar: 'Warning: the stock is far above what is usual, or very large: Redis needs 200 MB for a million coupons.',
};

/** Warns if the amount or the stock looks like a mistake, compared with the newest other events. */
export async function warningsOf(
  { admin, out }: { admin: Pick<RemoteAdmin, 'list'>; out: Output },
  event: { eventId?: string; amount: number; currency?: string | undefined; stock: number },
): Promise<string[]> {
  // A program reads no warnings, so the call would be wasted.
  if (out.reader === 'program') return [];
  const { amount, currency = String(defaultOf('currency')), stock } = event;
  try {
    const { events } = await admin.list({ limit: othersMax });
    const others = events.filter(({ eventId }) => eventId !== event.eventId);
    return unusualOf({ amount, currency, stock }, others).map((unusual) => words[unusual]);
  } catch {
    // If the API does not answer, there is no warning; the change itself will report the failure.
    return [];
  }
}
