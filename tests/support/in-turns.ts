/**
 * At most this many items are worked on at once, because MySQL has no more connections. On a busy machine, more calls
 * at once would time out.
 */
const atOnce = 4;

/** Does the work for all items, a few at a time. Resolves to the results in the items' order. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = [...items.entries()];
  const turn = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
  return results;
}
