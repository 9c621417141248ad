import { expect, it } from 'vitest';
import { within } from '../../../core/runtime/within.ts';

const never = new Promise<string>(() => undefined);
const notCalled = (): never => {
  throw new Error('late was called');
};

it('work that ends in time settles with its own result', async () => {
  expect(await within(60_000, Promise.resolve('done'), notCalled)).toBe('done');
  await expect(within(60_000, Promise.reject(new Error('failed')), notCalled)).rejects.toThrow('failed');
});

it('late work is replaced by the given answer or error', async () => {
  expect(await within(1, never, () => null)).toBeNull();
  await expect(
    within(1, never, () => {
      throw new Error('no answer');
    }),
  ).rejects.toThrow('no answer');
});

it('the outcome of late work is ignored', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  expect(await within(1, promise, () => 'late')).toBe('late');
  // If this rejection were unhandled, Vitest would fail the file.
  reject(new Error('failed afterwards'));
  await new Promise(setImmediate);
});
