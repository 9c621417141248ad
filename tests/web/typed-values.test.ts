import { describe, expect, it } from 'vitest';
import { cloneOf } from '../../web/console/forms/clone.ts';
import { emptyDraft, type Draft } from '../../web/console/forms/draft.ts';
import { problemsOf } from '../../web/console/forms/problems.ts';
import { readLocalTime, readWhole, showLocalTime, showWhole } from '../../web/console/parts/typed-values.ts';
import { en } from '../../web/console/messages/en.ts';
import { ko } from '../../web/console/messages/ko.ts';
import type { AdminEvent } from '../../web/console/shell/session.ts';

describe('a typed number', () => {
  it.each([
    ['10000', 10_000],
    ['10,000', 10_000],
    ['1,234,567', 1_234_567],
    [' 10,000원 ', 10_000],
    ['₩10,000', 10_000],
    ['１０，０００', 10_000],
    ['1만', 10_000],
    ['1만 5천', 15_000],
    ['1.5만', 15_000],
    ['3천', 3_000],
    ['2억 3만', 200_030_000],
    ['1만5000원', 15_000],
  ])('%j is read as %i', (text, value) => {
    expect(readWhole(text)).toBe(value);
  });

  it.each(['', '10,00', '1,0000', '10.5', '-5', 'ten', '1천 2만', '1만만', '9'.repeat(20), '0x10', '1e3'])(
    '%j is not read as a number',
    (text) => {
      expect(readWhole(text)).toBeNull();
      expect(showWhole(text)).toBe(text);
    },
  );

  it('is shown with separators', () => {
    expect(['10000', '1만', '999'].map(showWhole)).toEqual(['10,000', '10,000', '999']);
  });
});

describe('a typed time', () => {
  it.each([
    '2026-12-01 10:00',
    '2026-12-01T10:00',
    '2026-12-01T10:00:00',
    '2026/12/1 10:00',
    '2026.12.01 10:00',
    '2026. 12. 1. 오전 10:00',
    '2026년 12월 1일 오전 10시',
    '2026-12-01 10:00 am',
  ])('%j is read as ten in the morning of 1 December', (text) => {
    expect(readLocalTime(text)).toBe('2026-12-01T10:00:00');
    expect(showLocalTime(text)).toBe('2026-12-01 10:00');
  });

  it.each([
    ['2026. 12. 1. 오후 12:30', '2026-12-01T12:30:00'],
    ['2026. 12. 1. 오전 12:30', '2026-12-01T00:30:00'],
    ['2026-12-01 8:05:09 PM', '2026-12-01T20:05:09'],
  ])('%j is read as %s', (text, local) => {
    expect(readLocalTime(text)).toBe(local);
  });

  it.each([
    '',
    'tomorrow',
    '2026-04-31 10:00',
    '2026-12-01',
    '2026-12-01 25:00',
    '2026-12-01T10:00Z',
    '12/1/2026 10:00',
  ])('%j is not read as a time', (text) => {
    expect(readLocalTime(text)).toBeNull();
  });
});

const good: Draft = {
  ...emptyDraft(),
  ...{ name: 'Sale', amount: '10,000', stock: '1000', opensAt: '2026-12-01T10:00:00', timeZone: 'Asia/Seoul' },
};

describe('a form’s problems', () => {
  it('are absent for a valid event; an empty form shows all of them at once, in both languages', () => {
    expect(problemsOf(good, null, en)).toEqual({});
    for (const words of [en, ko]) {
      const problems = problemsOf({ ...emptyDraft(), currency: '' }, null, words);
      expect(Object.keys(problems).toSorted()).toEqual(['amount', 'currency', 'name', 'opensAt', 'stock']);
      expect(new Set(Object.values(problems))).toEqual(new Set([words.forms.problems.required]));
    }
  });

  it.each<[Partial<Draft>, string, RegExp]>([
    [{ amount: '10,00' }, 'amount', /whole number/],
    [{ stock: '0' }, 'stock', /from 1 to/],
    [{ stock: '100,000,001' }, 'stock', /from 1 to/],
    [{ currency: 'YEN' }, 'currency', /Did you mean JPY/],
    [{ timeZone: 'Seoul' }, 'timeZone', /not a time zone/],
    [{ opensAt: 'soon' }, 'opensAt', /date and a time/],
    [{ opensAt: '2026-03-29T02:30:00', timeZone: 'Europe/Berlin' }, 'opensAt', /skip/],
    [{ opensAt: '2026-10-25T02:30:00', timeZone: 'Europe/Berlin' }, 'opensAt', /twice/],
    [{ closesAt: '2026-12-01T10:00:00' }, 'closesAt', /after it opens/],
    [{ closesAt: '2026-12-01T18:00:00', validUntil: '2026-12-01T18:00:00' }, 'validUntil', /longer/],
    [{ imageUrl: 'http://shop.example/a.png' }, 'imageUrl', /https/],
    [{ useUrl: 'javascript:alert(1)' }, 'useUrl', /https/],
    [{ theme: '{"accentColor":"red"}' }, 'theme.accentColor', /colour/],
    [{ name: 'x'.repeat(201) }, 'name', /200/],
  ])('name the mistake in %j, and its field', (over, name, says) => {
    const problems = problemsOf({ ...good, ...over }, null, en);
    expect(Object.keys(problems)).toEqual([name]);
    expect(problems[name]).toMatch(says);
    const korean = problemsOf({ ...good, ...over }, null, ko)[name] ?? '';
    expect(korean).toMatch(/[가-힣]/);
  });

  it('do not include an old event’s unknown currency', () => {
    const held = { ...good, currency: 'WON' };
    expect(problemsOf({ ...held, name: 'New' }, held, en)).toEqual({});
  });
});

describe('a copy of an event', () => {
  const event = {
    ...{ name: 'Sale', description: '', amount: 5_000, currency: 'KRW', timeZone: 'Europe/Berlin', listed: true },
    ...{ imageUrl: null, imageAlt: null, terms: null, useUrl: null, theme: { accentColor: '#123456' } },
    ...{ opensAt: '2026-10-21T08:00:00.000Z', closesAt: '2026-10-21T16:00:00.000Z' },
    ...{ validUntil: '2026-12-31T22:59:59.000Z', stock: 100, strategy: 'redis-stream' },
  } as AdminEvent;

  it('opens in the first week that puts it in the future, on the same weekday at the same local time, even across a clock change', () => {
    const { draft, weeks } = cloneOf(event, Date.parse('2026-10-28T12:00:00Z'));
    expect(weeks).toBe(2);
    expect(draft).toMatchObject({
      ...{ name: 'Sale', amount: '5000', stock: '100', theme: '{"accentColor":"#123456"}' },
      ...{ opensAt: '2026-11-04T10:00:00', closesAt: '2026-11-04T18:00:00', validUntil: '2027-01-14T23:59:59' },
    });
  });

  it('keeps times that lie in the future', () => {
    const { draft, weeks } = cloneOf(event, Date.parse('2026-10-01T00:00:00Z'));
    expect([weeks, draft.opensAt]).toEqual([0, '2026-10-21T10:00:00']);
  });
});
