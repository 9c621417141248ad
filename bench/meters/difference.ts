/** Subtracts the counts of an earlier reading from those of a later one. Counts that did not change are left out. */
export function difference<Counts extends Record<string, number>>(before: Counts, after: Counts): Counts {
  const changes = Object.entries(after).flatMap(([name, count]) => {
    const more = count - (before[name] ?? 0);
    return more === 0 ? [] : [[name, more] as const];
  });
  return Object.fromEntries(changes) as Counts;
}
