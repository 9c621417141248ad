import { expect, it } from 'vitest';
import { readAhead } from '../../../core/runtime/read-ahead.ts';

/** Pages 1 to 3, and then a failure if `fails` is set. `asked` counts how many pages were requested. */
function source(fails = false) {
  const state = { asked: 0, closed: false };
  async function* pages(): AsyncGenerator<number> {
    try {
      for (let page = 1; page <= 3; page += 1) {
        state.asked = page;
        await Promise.resolve();
        yield page;
      }
      if (fails) throw new Error('the store is away');
    } finally {
      state.closed = true;
    }
  }
  return { pages: pages(), state };
}

it('reading ahead returns the same pages in order, and requests the next page while the current one is read', async () => {
  const { pages, state } = source();
  const seen: [number, number][] = [];
  for await (const page of readAhead(pages)) seen.push([page, state.asked]);
  expect(seen).toEqual([
    [1, 2],
    [2, 3],
    [3, 3],
  ]);
  expect(state.closed).toBe(true);
});

it('reading ahead fails at the page at which the source fails, after the earlier pages', async () => {
  const { pages } = source(true);
  const seen: number[] = [];
  const read = async () => {
    for await (const page of readAhead(pages)) {
      // Leaves enough time for the failure to occur before anybody reads that page.
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(page);
    }
  };
  await expect(read()).rejects.toThrow('the store is away');
  expect(seen).toEqual([1, 2, 3]);
});

it('reading ahead ends the source if the reader stops', async () => {
  const { pages, state } = source();
  for await (const page of readAhead(pages)) if (page === 1) break;
  expect(state).toEqual({ asked: 2, closed: true });
});
