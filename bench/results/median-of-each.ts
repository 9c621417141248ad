import { median } from './target.ts';

/**
 * One value of the shape of all the given ones, with the median in the place of each number. Where one of them has null,
 * so has the result; what is no number is the first one's.
 */
export function medianOfEach<T>(values: readonly [T, ...T[]]): T {
  return merge(values) as T;
}

function merge(values: readonly unknown[]): unknown {
  const [first] = values;
  if (values.includes(null)) return null;
  if (values.every((value) => typeof value === 'number')) return median(values);
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return first;
  const fields = new Set(values.flatMap((value) => Object.keys(value as object)));
  return Object.fromEntries(
    [...fields].map((name) => [name, merge(values.map((value) => fieldOf(value as Record<string, unknown>, name)))]),
  );
}

/** What was never counted has no field, which is 0 of it; null stays null. */
const fieldOf = (value: Record<string, unknown>, name: string): unknown => (name in value ? value[name] : 0);
