import { median } from './target.ts';

/**
 * Returns a value of the same shape, in which each number is the median of the numbers at the same place. If any value
 * has null at a place, the result has null there. Everything else is copied from the first value.
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

/** A counter that has not counted anything has no field, so a missing number means 0. */
const fieldOf = (value: Record<string, unknown>, name: string): unknown => (name in value ? value[name] : 0);
