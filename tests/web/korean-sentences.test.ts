import { describe, expect, it } from 'vitest';
import { messageSentences } from '../../core/messages/message.ts';
import { reasonText } from '../../web/console/messages/error-text.ts';
import { ko } from '../../web/console/messages/ko.ts';
import { problems } from '../../web/console/messages/ko/problems/problems.ts';
import { showFor } from '../../web/console/messages/show.ts';

/**
 * Two values for each message parameter, by the parameter's name. If a Korean sentence uses the parameter, the two
 * values give different sentences.
 */
const samples: Record<string, readonly [unknown, unknown]> = {
  ...{ eventId: ['ev-1', 'ev-2'], id: ['1', '2'], requestId: ['r-1', 'r-2'], userId: ['u-1', 'u-2'] },
  ...{ key: ['{1}:gate', '{2}:gate'], claim: ['sub', 'uid'], name: ['shop', 'till'], procedure: ['a.b', 'c.d'] },
  ...{ suggestion: ['claim.list', null], suggestions: [['KRW'], []], allowed: [['left'], ['right']] },
  ...{
    given: [['up'], ['down']],
    paths: [
      ['/docs', '/a'],
      ['/docs', '/b'],
    ],
    offsets: [
      ['+09:00', '+08:00'],
      ['Z', 'Z'],
    ],
  },
  ...{ timeZone: ['Asia/Seoul', 'Europe/Berlin'], strategy: ['db-lock', 'redis-stream'], field: ['stock', 'amount'] },
  ...{
    actual: ['db-lock', 'redis-lock'],
    asked: ['db-lock', 'redis-lock'],
    askedBy: ['kim', null],
    actor: ['kim', 'lee'],
  },
  ...{
    approver: ['kim', 'lee'],
    role: ['admin', 'viewer'],
    makerRole: ['operator', 'viewer'],
    holder: ['token', 'api_key'],
  },
  ...{
    header: ['none', 'other'],
    keyName: ['missing', 'given'],
    span: ['12 hours', '5 minutes'],
    attested: ['always', null],
  },
  ...{ store: ['redis', 'mysql'], where: ['outbox', 'mysql'], first: ['redis', 'outbox'], second: ['outbox', 'mysql'] },
  ...{ kind: ['serial_gap', 'conflict'], reason: ['ER_DUP_ENTRY', 'ER_X'], row: ['1', '2'], gate: ['3', '4'] },
  ...{
    done: [true, false],
    codes: [true, false],
    times: [[1, 2], null],
    weaknesses: [['appendonly is no'], ['log_bin is no']],
  },
  ...{ since: ['2026-09-01T01:00:00.000Z', null], rounds: [[{ round: 1, claims: 2 }], [{ round: 3, claims: 4 }]] },
  gaps: [[{ clock: 'mysql', aheadMs: 5, unsureMs: 20 }], [{ clock: 'worker', aheadMs: -7, unsureMs: 1 }]],
};
const times = new Set(['at', 'now', 'opensAt', 'expiresAt', 'held', 'begunAt']);

/** Parameters whose value is an English phrase. The Korean sentences don't use them. */
const english = new Set(['what', 'list', 'detail', 'doubt', 'how', 'why', 'reply']);

const byCode: Record<string, Record<string, readonly [unknown, unknown]>> = {
  check_replicas_few: { replicas: [4_321, 8_765], wanted: [4_321, 8_765] },
  found_numbers_lost: { given: [10, 11] },
  found_numbers_twofold: { given: [10, 11] },
  found_several_serials: {
    serials: [
      [1, 2],
      [3, 4],
    ],
  },
  found_stores_differ: { serials: [[1, 2], null] },
  over_limit: { limit: ['address', 'user'] },
  found_reserved_gone: { reserved: ['3-4', '5-6'] },
};

function valuesOf(code: string, name: string): readonly [unknown, unknown] {
  if (times.has(name)) return ['2026-09-01T01:00:00.000Z', '2026-09-02T01:00:00.000Z'];
  return byCode[code]?.[name] ?? samples[name] ?? [4_321, 8_765];
}

/** Returns the names of the parameters that the English sentence uses. */
function parametersOf(code: string): string[] {
  const read = new Set<string>();
  const params = new Proxy(
    {},
    {
      get: (_target, name) => {
        read.add(String(name));
        return valuesOf(code, String(name))[0];
      },
      ownKeys: () => (code === 'found_stores_differ' ? ['serials', 'times', 'codes'] : []),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  );
  (messageSentences[code as keyof typeof messageSentences] as (given: object) => string)(params);
  // The server describes the replicas in an English phrase, and also sends their numbers.
  return [...read, ...(code === 'check_replicas_few' ? ['replicas', 'wanted'] : [])];
}

const show = showFor(ko, 'ko');
const sayIn = (code: string, params: Record<string, unknown>): string => reasonText({ code, params }, show) ?? '';

describe.each(Object.keys(messageSentences))('the Korean sentence for %s', (code) => {
  const names = parametersOf(code);
  const params = Object.fromEntries(names.map((name) => [name, valuesOf(code, name)[0]]));

  it('exists, and is in Korean', () => {
    expect(sayIn(code, params)).toMatch(/[가-힣]/);
    expect(sayIn(code, params)).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(names.filter((name) => !english.has(name)))('depends on %s', (name) => {
    expect(sayIn(code, { ...params, [name]: valuesOf(code, name)[1] })).not.toBe(sayIn(code, params));
  });
});

it('there is no Korean sentence for a code that the server does not have', () => {
  expect(Object.keys(problems).toSorted()).toEqual(Object.keys(messageSentences).toSorted());
});

it('the sentence for a missing field says that the field is required, and what to enter', () => {
  expect(sayIn('missing', { rule: 'blank' })).toBe('필수 항목입니다. 내용을 입력해 주세요.');
});

it('the sentences show numbers with separators, times in the reader’s zone, and events by name', () => {
  const named = showFor(ko, 'ko', (id) => (id === 'ev-1' ? '봄맞이 할인' : null));
  expect(reasonText({ code: 'no_event', params: { eventId: 'ev-1' } }, named)).toBe(
    '봄맞이 할인 이벤트를 찾을 수 없습니다.',
  );
  expect(sayIn('stock_below_issued', { stock: 1_000, issued: 12_345 })).toContain('12,345장');
  expect(sayIn('check_opens', { at: '2026-09-01T01:00:00.000Z' })).not.toContain('T01:00');
});

it('a code that this console does not know has no sentence', () => {
  expect(reasonText({ code: 'a_newer_code', params: {} }, show)).toBeNull();
});
