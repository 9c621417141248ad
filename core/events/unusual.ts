/** Values of a new event that may be a mistake. Browsers load this file, so it imports nothing. */
export type Unusual = 'amountFar' | 'amountSmall' | 'stockFar';

type Worth = { amount: number; currency: string; stock: number };

/** A stock whose winners take up much of Redis's memory on a small machine. */
const hugeStock = 1_000_000;

/**
 * Which values of an event look unusual: much more or much less than the median of the `others`, or extreme in
 * themselves. NaN stands for a missing value, and is never unusual.
 */
export function unusualOf({ amount, currency, stock }: Worth, others: readonly Worth[]): Unusual[] {
  const usualAmount = median(others.filter((other) => other.currency === currency).map((other) => other.amount));
  const usualStock = median(others.map((other) => other.stock));
  const found: Record<Unusual, boolean> = {
    amountFar: usualAmount !== null && amount > 5 * usualAmount,
    // Amounts are in minor units, so somebody who thinks in dollars and types 10 gives away ten cents.
    amountSmall: amount > 0 && (amount < 100 || (usualAmount !== null && amount < usualAmount / 5)),
    stockFar: stock >= hugeStock || (usualStock !== null && stock > 20 * usualStock),
  };
  return (Object.keys(found) as Unusual[]).filter((name) => found[name]);
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
