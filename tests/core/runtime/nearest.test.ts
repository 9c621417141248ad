import { expect, it } from 'vitest';
import { distance, nearest } from '../../../core/runtime/nearest.ts';

const names = ['claim.submit', 'claim.mine', 'event.get', 'event.list'];
const meant = (typed: string) => nearest(names, (name) => distance(typed, name));

it.each([
  ['claim.sumbit', ['claim.submit']],
  ['ClaimSubmit', ['claim.submit']],
  ['event.gte', ['event.get']],
])('the nearest name is suggested for %s', (typed, expected) => {
  expect(meant(typed)).toEqual(expected);
});

it.each(['', 'x', '.'.repeat(8_000), 'claim.submit'.repeat(10), 'a'.repeat(64)])(
  'nothing is suggested for text that is far from every name: %s',
  (typed) => {
    expect(meant(typed)).toEqual([]);
  },
);
