import { expect, it } from 'vitest';
import { missing, say } from '../../../core/messages/message.ts';
import { refusals } from '../../../core/messages/refusals.ts';
import { rules } from '../../../core/messages/rules.ts';

it('no code belongs to both a rule and a refusal', () => {
  expect(Object.keys(rules).filter((code) => code in refusals)).toEqual([]);
});

it('a message has its code, its parameters and the sentence made from the two', () => {
  expect(say('stock_below_issued', { stock: 5, issued: 7 })).toEqual({
    code: 'stock_below_issued',
    params: { stock: 5, issued: 7 },
    message: "The stock can't be 5: 7 coupons are issued already.",
  });
});

it('the message about a missing field names the rule that the field must satisfy', () => {
  expect(missing(say('whole_number', { what: 'of coupons', max: 9 }))).toEqual({
    code: 'missing',
    params: { rule: 'whole_number', what: 'of coupons', max: 9 },
    message: 'is missing: it must be a whole number of coupons from 1 to 9',
  });
});
