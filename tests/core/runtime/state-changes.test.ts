import { expect, it } from 'vitest';
import { createStateChanges } from '../../../core/runtime/state-changes.ts';

const keysMax = 10_000;

it('a state counts as new once, until it changes or is cleared', () => {
  const { isNew, clear } = createStateChanges();
  expect([isNew('redis', 'down'), isNew('redis', 'down'), isNew('redis', 'slow')]).toEqual([true, false, true]);
  clear('redis');
  expect(isNew('redis', 'slow')).toBe(true);
});

it('a state that is checked regularly is remembered, however many other states come and go', () => {
  const { isNew } = createStateChanges();
  expect(isNew('redis', 'down')).toBe(true);
  for (let key = 0; key < 2 * keysMax; key += 1) {
    isNew(`event-${key}`, 'lost');
    if (key % 1_000 === 0) expect(isNew('redis', 'down')).toBe(false);
  }
  expect(isNew('event-0', 'lost')).toBe(true);
});
