/** What somebody may not have meant who makes an event. Browsers load this file, so it imports nothing. */
export type Unusual = 'amountFar' | 'amountSmall' | 'stockFar';

type Worth = { amount: number; currency: string; stock: number };

/** Whose winners take a good part of the memory that Redis has on a small machine. */
const hugeStock = 1_000_000;

/**
 * What of an event is unusual: much more, or much less, than the median of the `others`, or far from it in itself. A number
 * that is not there is NaN, and never unusual.
 */
export function unusualOf({ amount, currency, stock }: Worth, others: readonly Worth[]): Unusual[] {
  const usualAmount = median(others.filter((other) => other.currency === currency).map((other) => other.amount));
  const usualStock = median(others.map((other) => other.stock));
  const found: Record<Unusual, boolean> = {
    amountFar: usualAmount !== null && amount > 5 * usualAmount,
    // Whoever thinks in dollars and types 10 gives ten cents.
    amountSmall: amount > 0 && (amount < 100 || (usualAmount !== null && amount < usualAmount / 5)),
    stockFar: stock >= hugeStock || (usualStock !== null && stock > 20 * usualStock),
  };
  return (Object.keys(found) as Unusual[]).filter((name) => found[name]);
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
