import { describe, expect, it } from 'vitest';
import { sentBetween } from '../../load/runner/answers.ts';
import { measureCalls } from '../../load/runner/call-figures.ts';
import { findRecovery } from '../../load/runner/recovery.ts';
import { findPeak } from '../../load/runner/stress.ts';
import { missedArrivals, missedThresholds } from '../../load/runner/thresholds.ts';
import type { AnswerOutcome } from '../../proof/checker/answer.ts';
import { issued, madeAnswer } from './made-answers.ts';

const thresholds = { p99Ms: 500, putOffShareMax: 0.01 };
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('measureCalls', () => {
  it('counts refusals as answers, and counts busy or failed calls separately', () => {
    const outcomes: AnswerOutcome[] = [
      issued(1),
      issued(1, true),
      { status: 'sold_out' },
      { status: 'paused' },
      { status: 'closed' },
      { status: 'not_open', opensAtMs: 1, serverTimeMs: 0 },
      { status: 'busy' },
      { status: 'unknown', reason: 'HTTP 503 overloaded' },
      { status: 'unknown', reason: 'ECONNRESET' },
      { status: 'unknown', reason: 'HTTP 500 INTERNAL_SERVER_ERROR' },
      { status: 'rejected', reason: 'HTTP 401 UNAUTHORIZED' },
    ];
    const answers = outcomes.map((outcome, i) => madeAnswer(i, { outcome, click: i === 1 ? 2 : 1, tookMs: i + 1 }));
    expect(measureCalls(answers)).toMatchObject({
      ...{ arrivals: 10, calls: 11, issued: 1, replayed: 1, refused: 4, busy: 1, unavailable: 1, failed: 3 },
      failures: ['ECONNRESET', 'HTTP 500 INTERNAL_SERVER_ERROR', 'HTTP 401 UNAUTHORIZED'],
      latency: { count: 11, maxMs: 11 },
    });
  });

  it('reports the first and the last call', () => {
    const answers = [madeAnswer(12), madeAnswer(9), madeAnswer(20, { tookMs: 5_000 })];
    expect(sentBetween(answers)).toEqual({ firstMs: 9, lastMs: 20 });
    expect(sentBetween([])).toEqual({ firstMs: Infinity, lastMs: -Infinity });
  });

  it('includes the calls that were sent within the span, even if their answers came later', () => {
    const answers = [madeAnswer(9), madeAnswer(10, { tookMs: 5_000 }), madeAnswer(19), madeAnswer(20)];
    expect(measureCalls(answers, 10, 20)).toMatchObject({ calls: 2, latency: { maxMs: 5_000 } });
  });
});

describe('the load thresholds', () => {
  const missed = (answers: Parameters<typeof measureCalls>[0]) => missedThresholds(measureCalls(answers), thresholds);

  it('allow refusals, replays and a few busy answers', () => {
    const answers = [
      ...times(197, (i) => madeAnswer(i)),
      madeAnswer(197, { outcome: issued(1) }),
      madeAnswer(198, { outcome: issued(1, true) }),
      madeAnswer(199, { outcome: { status: 'busy' } }),
      madeAnswer(200, { outcome: { status: 'unknown', reason: 'HTTP 503 unavailable' } }),
    ];
    expect(missed(answers)).toEqual([]);
  });

  it('are missed after one failed call', () => {
    const failed = madeAnswer(0, { outcome: { status: 'unknown', reason: 'ECONNRESET' } });
    expect(missed([failed, ...times(999, (i) => madeAnswer(i))])).toEqual(['1 of 1000 calls failed (ECONNRESET)']);
  });

  it('are missed after many busy or many slow answers, or if nothing was sent', () => {
    const busy = times(3, (i) => madeAnswer(i, { outcome: { status: 'busy' } }));
    expect(missed([...busy, ...times(97, (i) => madeAnswer(i))])).toEqual([
      '3.0% of the calls were put off (3 busy, 0 unavailable), more than 1.0%',
    ]);
    const slow = times(2, (i) => madeAnswer(i, { tookMs: 501 }));
    expect(missed([...slow, ...times(98, (i) => madeAnswer(i))])).toEqual(['p99 was 501 ms, above 500 ms']);
    expect(missed([])).toEqual(['nothing was sent']);
  });

  it('are not judged for a rate that Artillery could not send', () => {
    const figures = measureCalls(times(94, (i) => madeAnswer(i)));
    expect(missedArrivals(figures, { rate: 10, seconds: 10 })).toBe('Artillery sent only 94 of the 100 users in time');
    expect(missedArrivals(figures, { rate: 9, seconds: 10 })).toBeNull();
  });
});

describe('a rush of users', () => {
  const rush = { rate: 10, peakRate: 100, peakSeconds: 2 };
  const arrivals = (peakEveryMs: number) => {
    const normal = times(150, (i) => madeAnswer(1_000 + i * 100));
    const peak = times(200, (i) => madeAnswer(16_000 + i * peakEveryMs));
    const lastMs = 16_000 + 199 * peakEveryMs;
    return [...normal, ...peak, ...times(300, (i) => madeAnswer(lastMs + 100 + i * 100))];
  };

  it('ends when planned if Artillery keeps up', () => {
    expect(findPeak(arrivals(10), rush)).toEqual({ startMs: 1_000, peakMs: 16_000, peakEndMs: 18_000 });
  });

  it('lasts until its last user has arrived if Artillery is slower than planned', () => {
    expect(findPeak(arrivals(40), rush)).toEqual({ startMs: 1_000, peakMs: 16_000, peakEndMs: 16_000 + 199 * 40 });
  });

  it('does not count second clicks as users', () => {
    const clicks = times(500, (i) => madeAnswer(1_000 + i, { click: 2 }));
    expect(findPeak([...clicks, ...arrivals(40)], rush).peakEndMs).toBe(16_000 + 199 * 40);
  });
});

describe('findRecovery', () => {
  /** Makes a call every 100 ms, starting at 0. The calls in the seconds that `slow` lists are slow. */
  const answersOf = (seconds: number, ...slow: number[]) =>
    times(seconds * 10, (i) => madeAnswer(i * 100, { tookMs: slow.includes(Math.floor(i / 10)) ? 900 : 10 }));

  it('finds recovery at once if the system is as good right after the rush as before', () => {
    expect(findRecovery(answersOf(10), 2_000, 10_000, thresholds)).toBe(0);
  });

  it('requires three good seconds in a row, and reports the first of them', () => {
    expect(findRecovery(answersOf(10, 2, 5), 2_000, 10_000, thresholds)).toBe(4_000);
    expect(findRecovery(answersOf(10, 2), 2_000, 10_000, thresholds)).toBe(1_000);
  });

  it('finds no recovery without three good seconds in a row, or while nothing is sent', () => {
    expect(findRecovery(answersOf(10, 3, 6, 9), 2_000, 10_000, thresholds)).toBeNull();
    expect(findRecovery(answersOf(4), 2_000, 10_000, thresholds)).toBeNull();
  });
});
