import { expect, it } from 'vitest';
import { givenTheme, parseTheme, themeJson, themeProblems, type Theme } from '../../../core/events/theme.ts';
import { NewerFormat } from '../../../core/runtime/stored-format.ts';

const theme: Theme = {
  ...{ shopName: '하루마켓', logoUrl: 'https://shop.example/logo.svg', iconUrl: 'https://shop.example/icon.png' },
  ...{ accentColor: '#1f5eff', radius: 'soft', font: 'serif', header: false },
};

it('a theme is read back unchanged, and the order of its entries does not affect the stored text', () => {
  const json = themeJson(theme) ?? '';
  expect(parseTheme(json)).toEqual(theme);
  const turned = Object.fromEntries(Object.entries(theme).toReversed());
  expect(themeJson(givenTheme.parse(turned))).toBe(json);
  expect(JSON.parse(json)).toMatchObject({ format: 1 });
});

it('an empty theme is stored as no theme', () => {
  expect(themeJson({})).toBeNull();
});

it('a theme in a newer format is rejected, and unknown entries in a known format are ignored', () => {
  expect(() => parseTheme('{"format":2,"accentColor":"#1f5eff"}')).toThrow(NewerFormat);
  expect(parseTheme('{"format":1,"accentColor":"#1f5eff","sparkles":true}')).toEqual({ accentColor: '#1f5eff' });
});

it.each([
  ['{"accentColor":"red"}', 'must be a colour such as #d6291e'],
  ['{"accentColor":"#fff; background: url(https://evil.example)"}', 'must be a colour such as #d6291e'],
  [
    '{"logoUrl":"javascript:alert(1)"}',
    'must be a URL that begins with https://, such as https://shop.example/coupons',
  ],
  ['{"iconUrl":"http://shop.example/icon.png"}', 'must begin with https://; http:// is for localhost only'],
  ['{"shopName":" "}', 'must be a text of 1 to 60 characters'],
  ['{"radius":"12px"}', 'must be one of square, soft, round'],
  ['{"font":"Comic Sans"}', 'must be one of system, serif, rounded'],
  ['{"header":"no"}', 'must be true or false'],
  ['{"colour":"#1f5eff"}', 'has no colour; it may have shopName, logoUrl, iconUrl, accentColor, radius, font, header'],
  ['[]', 'must be an object such as {"accentColor":"#d6291e"}'],
  ['{', 'must be an object such as {"accentColor":"#d6291e"}'],
])('%s is refused: %s', (json, message) => {
  expect(themeProblems(json).map((problem) => problem.message)).toContain(message);
});
