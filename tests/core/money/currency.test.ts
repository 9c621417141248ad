import { expect, it } from 'vitest';
import { didYouMean } from '../../../core/messages/rules.ts';
import { currencyCodes, isCurrencyCode, minorUnitDigits } from '../../../core/money/minor-units.ts';
import { likelyCurrencies } from '../../../core/money/suggest-currency.ts';

it('the currencies are the 165 ISO 4217 codes with a minor unit: 17 with 0 decimals, 139 with 2, 7 with 3 and 2 with 4', () => {
  const count = (digits: number) => currencyCodes.filter((code) => minorUnitDigits(code) === digits).length;
  expect([0, 2, 3, 4].map(count)).toEqual([17, 139, 7, 2]);
  expect(new Set(currencyCodes).size).toBe(165);
});

it.each([
  ['KRW', 0],
  ['UGX', 0],
  ['USD', 2],
  // CLDR, and therefore Intl, shows these currencies without decimals.
  ['IDR', 2],
  ['HUF', 2],
  ['COP', 2],
  ['KWD', 3],
  ['IQD', 3],
  ['CLF', 4],
  // This currency was withdrawn, but old events still have amounts in stotinki.
  ['BGN', 2],
  ['WON', null],
  ['XAU', null],
  ['krw', null],
])('the minor unit of %s has %s decimals', (code, digits) => {
  expect(minorUnitDigits(code)).toBe(digits);
});

it.each(['WON', 'YEN', 'RMB', 'BGN', 'XAU', 'XXX', 'XTS', 'krw', 'ZZZ', '', '__proto__'])(
  '%j is not a currency',
  (code) => {
    expect(isCurrencyCode(code)).toBe(false);
  },
);

it.each([
  ['WON', ' Did you mean KRW?'],
  ['won', ' Did you mean KRW?'],
  ['원', ' Did you mean KRW?'],
  ['krw', ' Did you mean KRW?'],
  [' KRW ', ' Did you mean KRW?'],
  ['KWR', ' Did you mean KRW?'],
  ['KRWX', ' Did you mean KRW?'],
  ['YEN', ' Did you mean JPY?'],
  ['RMB', ' Did you mean CNY?'],
  ['EURO', ' Did you mean EUR?'],
  ['US$', ' Did you mean USD?'],
  ['Dollar', ' Did you mean USD?'],
  ['¥', ' Did you mean one of JPY, CNY?'],
  ['BGN', ' Did you mean EUR?'],
  ['ANG', ' Did you mean XCG?'],
  ['', ''],
  ['ZZZ', ''],
  ['gift cards', ''],
  ['x'.repeat(100_000), ''],
])('for the currency %j, the suggestion is "%s"', (text, suggestion) => {
  expect(didYouMean(likelyCurrencies(text))).toBe(suggestion);
});
