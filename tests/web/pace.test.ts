import { describe, expect, it } from 'vitest';
import { pollAfterMs } from '../../web/event-page/poll-pace.ts';
import { formatDuration, formatLeft, formatMoment, formatMoney } from '../../web/shared/formats.ts';
import { createIdentity, NotSignedIn } from '../../web/shared/identity.ts';
import { en } from '../../web/shared/messages/en.ts';
import { ko } from '../../web/shared/messages/ko.ts';
import { signToken } from '../api/tokens.ts';
import { fractions } from './fractions.ts';

describe('an open page’s polling', () => {
  const opensAtMs = 1_000_000_000;
  const phases = ['closed', 'scheduled', 'paused', 'sold_out', 'open'] as const;

  it('pauses around the opening, and resumes within 2.5 s after it', () => {
    const random = fractions(11);
    for (let run = 0; run < 20_000; run += 1) {
      const untilMs = random() * 2_000_000;
      const landsMs =
        untilMs - pollAfterMs({ phase: 'scheduled', opensAtMs, nowMs: opensAtMs - untilMs, tookMs: 5 }, random);
      expect([untilMs, landsMs < 2_000 && landsMs > -500]).toEqual([untilMs, false]);
      expect([untilMs, landsMs < -2_501]).toEqual([untilMs, false]);
    }
  });

  it('is more frequent during the sale than before and after it, and less frequent if answers are slow', () => {
    const after = (phase: (typeof phases)[number], sinceMs: number, tookMs = 5) =>
      pollAfterMs({ phase, opensAtMs, nowMs: opensAtMs + sinceMs, tookMs }, () => 0.5);
    expect(after('open', 5_000)).toBe(2_000);
    expect(after('scheduled', -3_600_000)).toBeGreaterThan(30_000);
    expect(after('sold_out', 5_000)).toBeGreaterThan(5_000);
    for (const phase of phases) expect(after(phase, 5_000, 6_000)).toBeGreaterThanOrEqual(60_000);
  });
});

describe('the page’s identity', () => {
  const tokenUntil = (endsAtMs: number, sub = 'kim') => signToken({ sub, exp: endsAtMs / 1_000 });

  it('comes from one token for all waiting calls, which is kept until it expires', async () => {
    let [given, nowMs] = [0, 0];
    const getToken = async () => {
      await Promise.resolve();
      given += 1;
      return tokenUntil(nowMs + 60_000);
    };
    const identity = createIdentity(
      () => ({ getToken }),
      () => nowMs,
    );
    expect(identity.userId()).toBeNull();
    const [one, two] = await Promise.all([identity.token(), identity.token()]);
    expect([one === two, given, identity.userId()]).toEqual([true, 1, 'kim']);
    nowMs = 30_000;
    await identity.token();
    expect(given).toBe(1);
    // A token that expires during the call must not be used.
    nowMs = 45_000;
    await identity.token();
    expect(given).toBe(2);
    await identity.renewFor(nowMs + 10_000);
    expect(given).toBe(2);
    await identity.renewFor(nowMs + 600_000);
    expect(given).toBe(3);
    identity.forget();
    await identity.token();
    expect(given).toBe(4);
  });

  it.each([
    ['says nothing, because the script is missing', undefined, []],
    ['says nothing, because its network failed', { getToken: () => Promise.reject(new TypeError('fetch')) }, []],
    ['rejects', { getToken: () => Promise.reject(new Error('signed out')) }, [null]],
    [
      'throws',
      {
        getToken: () => {
          throw new Error('signed out');
        },
      },
      [null],
    ],
    ['gives nothing', { getToken: () => Promise.resolve('') }, [null]],
  ])('is unknown if the site %s, and only an answer from the site counts as a sign-out', async (_name, host, heard) => {
    const answers: unknown[] = [];
    const identity = createIdentity(
      () => host,
      Date.now,
      (userId) => answers.push(userId),
    );
    await expect(identity.token()).rejects.toThrow(NotSignedIn);
    expect(answers).toEqual(heard);
    await identity.renewFor(1e15);
  });

  it('is reported after every answer from the site, so that the page notices if somebody else is signed in', async () => {
    const answers: unknown[] = [];
    const identity = createIdentity(
      () => ({ getToken: () => Promise.resolve(tokenUntil(1e15)) }),
      Date.now,
      (userId) => answers.push(userId),
    );
    await identity.token();
    identity.forget();
    await identity.token();
    expect(answers).toEqual(['kim', 'kim']);
  });

  it('may come with a token that the page can’t read, because the server checks the token', async () => {
    const identity = createIdentity(() => ({ getToken: () => Promise.resolve('opaque') }), Date.now);
    expect([await identity.token(), identity.userId()]).toEqual(['opaque', null]);
  });
});

it('times are formatted as `Intl` formats them, at every hour, on every day and in every month', () => {
  const year = new Date().getFullYear();
  for (const [language, messages] of [
    ['en', en],
    ['ko', ko],
  ] as const) {
    const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ko-KR', {
      month: language === 'ko' ? 'long' : 'short',
      ...{ day: 'numeric', weekday: 'short', hour: 'numeric', minute: '2-digit' },
    });
    for (let hour = 0; hour < 365 * 24; hour += 7) {
      const ms = new Date(year, 0, 1, hour, hour % 60).getTime();
      expect(formatMoment(messages, ms)).toBe(format.format(ms));
    }
  }
  expect(formatMoment(en, new Date(2020, 1, 29, 0, 5).getTime())).toBe('Sat 29 Feb 2020, 0:05');
  expect(formatMoment(ko, new Date(2020, 1, 29, 12, 5).getTime())).toBe('2020년 2월 29일 (토) 오후 12:05');
});

it('money, durations and places are formatted for people', () => {
  expect(formatMoney('ko', 10_000, 'KRW')).toBe('₩10,000');
  expect(formatMoney('en', 1_050, 'USD')).toBe('US$10.50');
  expect(formatMoney('ko', 1_000, 'USD')).toBe('US$10');
  expect([0, 999, 1_000, 1_234_567].map((amount) => formatMoney('en', amount, 'KRW'))).toEqual([
    ...['₩0', '₩999', '₩1,000', '₩1,234,567'],
  ]);
  expect(formatMoney('en', 1_000, 'KWD').replace(/\s/, ' ')).toBe('KWD 1');
  expect(formatMoney('en', 1_234, 'IQD').replace(/\s/, ' ')).toBe('IQD 1.234');
  expect(formatMoney('en', 10_050, 'IDR').replace(/\s/, ' ')).toBe('IDR 100.50');
  expect(formatMoney('en', 5, 'nonsense')).toBe('5 nonsense');
  expect(formatMoney('ko', 10_000, 'WON')).toBe('10,000 WON');
  expect([1_840, 59_000, 125_900, 12_000_000].map((ms) => formatDuration(en, ms))).toEqual([
    '1.84 s',
    '59.0 s',
    '2 min 5 s',
    '3 h 20 min',
  ]);
  expect([0, 1, 1_000, 61_001, 90_000_000].map((ms) => formatLeft(ko, ms))).toEqual([
    '00:00:00',
    '00:00:01',
    '00:00:01',
    '00:01:02',
    '1일 01:00:00',
  ]);
  expect(
    [1, 2, 3, 11, 12, 13, 21, 37, 42, 103, 111, 1_000, 1_012].map((serial) => en.coupon.place(serial).split(' ')[2]),
  ).toEqual([
    ...['1st', '2nd', '3rd', '11th', '12th', '13th', '21st', '37th', '42nd', '103rd', '111th', '1,000th', '1,012th'],
  ]);
  expect(en.claim.soldOutMore(1_000, '1.84 s')).toBe('1,000 coupons went in 1.84 s.');
});
