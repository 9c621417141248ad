/** Subtracts an earlier reading of counters from a later one. Leaves out counters that did not change. */
export function difference<Counts extends Record<string, number>>(before: Counts, after: Counts): Counts {
  const changes = Object.entries(after).flatMap(([name, count]) => {
    const more = count - (before[name] ?? 0);
    return more === 0 ? [] : [[name, more] as const];
  });
  return Object.fromEntries(changes) as Counts;
}
