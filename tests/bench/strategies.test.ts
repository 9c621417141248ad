import { describe, expect, it } from 'vitest';
import { busiestSecond } from '../../bench/meters/busiest-second.ts';
import { difference } from '../../bench/meters/difference.ts';
import { latencyOf } from '../../bench/meters/latency.ts';
import { medianOfEach } from '../../bench/results/median-of-each.ts';
import { isReached } from '../../bench/results/target.ts';
import { mediansOf, type EntrantResult } from '../../bench/strategies/entrant-result.ts';
import { listEntrants, orderOf, twin } from '../../bench/strategies/entrants.ts';
import type { Story } from '../../bench/strategies/hold-story.ts';
import { measureNoise } from '../../bench/strategies/noise.ts';
import { shownEntrants } from '../../bench/strategies/shown-entrants.ts';
import { measureStory, saleCurve } from '../../bench/strategies/story-figures.ts';
import { targetsOf } from '../../bench/strategies/targets.ts';
import type { CrowdAnswer } from '../../proof/flash-sale/crowd-answer.ts';
import { entrantRound } from './stored-results.ts';

const entrant = (name: EntrantResult['strategy'], ...rates: [accepted: number, refused: number][]): EntrantResult => ({
  name,
  strategy: name,
  withheld: [],
  rounds: rates.map(([accepted, refused]) => entrantRound(accepted, refused)),
});

describe('the entrants of the strategies bench', () => {
  it('are all strategies, including the control, and one of the strategies twice', () => {
    const names = listEntrants().map(({ name }) => name);
    expect(names).toHaveLength(9);
    expect(names).toContain('unsafe');
    expect(names).toContain(twin.name);
    expect(listEntrants(['db-lock']).map(({ name }) => name)).toEqual([twin.name, 'db-lock']);
  });

  it('take turns in starting first, and don’t always follow the same entrant', () => {
    const entrants = listEntrants();
    const orders = [0, 1, 2].map((round) => orderOf(entrants, round, 3).map(({ name }) => name));
    for (const order of orders) expect(order.toSorted()).toEqual(entrants.map(({ name }) => name).toSorted());
    expect(new Set(orders.map(([first]) => first)).size).toBe(3);
    const before = (order: string[]) => order[order.indexOf('redis-stream') - 1];
    expect(before(orders[0] ?? [])).not.toBe(before(orders[1] ?? []));
  });
});

describe('medians of bench results', () => {
  it('are computed for each number, at any depth', () => {
    const rounds = [1, 5, 3].map((n) => ({ n, deep: { n: 10 * n }, list: [n], word: 'same' }));
    const [first, ...more] = rounds;
    if (first === undefined) throw new Error('there are three');
    expect(medianOfEach([first, ...more])).toEqual({ n: 3, deep: { n: 30 }, list: [1], word: 'same' });
  });

  it('are null for a value that was not measured, and 0 for a value that was counted as zero', () => {
    const counts: Record<string, number | null>[] = [{ queries: 3 }, { busy: 2 }];
    expect(medianOfEach([{ queries: null, ...counts[1] }, { queries: 4 }])).toEqual({ queries: null, busy: 1 });
  });
});

describe('the noise of a strategy', () => {
  it('is the difference between its runs under two names, and between its rounds', () => {
    const one = entrant('redis-stream', [100, 1_000], [110, 1_000], [120, 1_000]);
    const noise = measureNoise([one, { ...entrant('redis-stream', [121, 1_000], [121, 1_100]), name: twin.name }]);
    expect(noise.acceptedPerSecond?.twins).toBeCloseTo(0.1);
    expect(noise.acceptedPerSecond?.rounds).toBeCloseTo(0.2);
    expect(noise.refusedPerSecond?.rounds).toBeCloseTo(0.1);
  });

  it('is unknown if the strategy ran only once', () => {
    expect(measureNoise([entrant('redis-stream', [100, 100])]).acceptedPerSecond).toBeNull();
  });
});

describe('targets of the strategies', () => {
  const entrants = [
    entrant('db-lock', [100, 900], [100, 900]),
    entrant('redis-counter-set', [300, 500], [300, 700]),
    entrant('redis-stream', [1_100, 1_000], [1_300, 1_000]),
  ];
  const twins = (twinAccepted: number): EntrantResult[] => [
    ...entrants,
    { ...entrant('redis-stream', [twinAccepted, 1_000], [twinAccepted, 1_010]), name: twin.name },
  ];
  const target = (among: EntrantResult[], name: string) =>
    targetsOf(among, measureNoise(among)).find((candidate) => candidate.name.startsWith(name));

  it('compare values from the same round', () => {
    expect(target(entrants, 'refusals/s')).toMatchObject({ value: 0.6, target: 0.5 });
    expect(target(entrants, 'accepted/s')).toMatchObject({ value: 12, target: 10 });
  });

  it('allow no MySQL query for a refusal that Redis decides', () => {
    const names = targetsOf(entrants, measureNoise(entrants)).map(({ name }) => name);
    expect(names).toContain('MySQL queries per refusal, redis-counter-set');
    expect(names).not.toContain('MySQL queries per refusal, db-lock');
  });

  it('are missed if MySQL does not count queries', () => {
    const blind = entrants.map((one): EntrantResult => ({
      ...one,
      rounds: one.rounds.map(() => {
        const round = entrantRound(100, 100);
        return { ...round, refusals: { ...round.refusals, mysqlQueries: null, mysqlQueriesPerRefusal: null } };
      }),
    }));
    const found = target(blind, 'MySQL queries per refusal, redis-stream');
    expect(found?.value).toBeNull();
    expect(found && isReached(found)).toBe(false);
  });

  it('are missed if one strategy has different results under two names', () => {
    const name = 'difference of one strategy under two names, accepted/s';
    expect(target(twins(1_200), name)).toMatchObject({ value: 0, unit: '%' });
    const biased = target(twins(2_400), name);
    expect(biased).toMatchObject({ value: 100 });
    expect(biased && isReached(biased)).toBe(false);
  });
});

describe('bench figures', () => {
  it('are not shown for an entrant that broke a promise', () => {
    const broken = { ...entrant('db-lock', [100, 100]), withheld: ['round 1: exact broken'] };
    expect(mediansOf(broken)).toBeNull();
    expect(shownEntrants([broken, entrant('redis-lock', [100, 100])]).map(({ name }) => name)).toEqual(['redis-lock']);
  });

  it('have percentiles by nearest rank', () => {
    expect(latencyOf([])).toBeNull();
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(latencyOf(values)).toEqual({
      count: 100,
      averageMs: 50.5,
      minMs: 1,
      p50Ms: 50,
      p95Ms: 95,
      p99Ms: 99,
      maxMs: 100,
    });
  });

  it('of the busiest second do not depend on where a second begins', () => {
    expect(busiestSecond([...Array.from({ length: 5 }, () => 0), ...Array.from({ length: 10 }, () => 7), 1])).toBe(70);
    expect(busiestSecond([3, 4])).toBe(7);
    expect(busiestSecond([])).toBe(0);
  });

  it('are the differences between two readings of a counter', () => {
    expect(difference({ a: 1, b: 2 }, { a: 1, b: 5, c: 1 })).toEqual({ b: 3, c: 1 });
  });
});

describe('the figures of a sale', () => {
  const opensAtMs = 1_000_000;
  const claimedAt = new Date(opensAtMs);
  const issued = (serial: number, replayed = false) =>
    ({ status: 'issued', serial, code: 'X', claimedAtMs: claimedAt.getTime(), round: 1, replayed }) as const;
  const answer = (
    userId: string,
    dueAfterMs: number,
    tookMs: number,
    outcome: CrowdAnswer['outcome'],
    why: CrowdAnswer['why'] = 'click',
  ): CrowdAnswer => {
    const dueAtMs = opensAtMs + dueAfterMs;
    return { userId, dueAtMs, askedAtMs: dueAtMs, sentAtMs: dueAtMs, receivedAtMs: dueAtMs + tookMs, why, outcome };
  };
  const noCpu = { userUs: 0, systemUs: 0 };
  const story: Story = {
    opensAtMs,
    answers: [
      answer('a', -50, 10, { status: 'not_open', opensAtMs, serverTimeMs: opensAtMs - 45 }),
      answer('a', 1, 9, issued(1), 'opening'),
      answer('a', 15, 5, issued(1, true), 'second_click'),
      answer('b', 5, 20, { status: 'busy' }),
      answer('b', 30, 10, issued(2), 'retry'),
      answer('c', 20, 40, { status: 'sold_out' }),
      answer('d', 100, 2, { status: 'sold_out' }),
    ],
    issued: 2,
    persisted: 2,
    holders: ['a', 'b'],
    claimedAtMs: [opensAtMs + 2, opensAtMs + 35],
    promises: [],
    costs: {
      cpu: { api: { userUs: 5_000, systemUs: 1_000 }, worker: noCpu, redis: noCpu, mysql: noCpu },
      mysqlQueries: { api: 14, worker: 3 },
      redisCommands: { evalsha: 7, xadd: 7 },
    },
  };
  const figures = measureStory(story, { name: 's', strategy: 'db-lock', users: 4, stock: 2, seed: 0 });

  it('separate winners from refusals, and refusals before the sell-out from those after it', () => {
    const { winners, refusedBefore, refusedAfter, busy } = figures.latency;
    expect(winners).toMatchObject({ count: 2, minMs: 9, maxMs: 10 });
    expect(refusedBefore).toMatchObject({ count: 1, minMs: 40 });
    expect(refusedAfter).toMatchObject({ count: 1, minMs: 2 });
    expect(busy).toMatchObject({ count: 1, minMs: 20 });
  });

  it("count a call without an outcome as failed, and take a user's last call as the decision", () => {
    expect(figures).toMatchObject({ calls: 7, busy: 1, failures: 0, undecidedUsers: 0, soldOutAfterMs: 35 });
    expect(figures.failRate).toBeCloseTo(1 / 7);
    expect(figures.untilDecided).toMatchObject({ count: 4, minMs: 2, maxMs: 40 });
    expect(figures.allDecidedAfterMs).toBe(102);
  });

  it('show whether the users who asked first got the coupons, and what the sale cost', () => {
    expect(figures.toTheFirst).toBe(1);
    expect(figures.cpuMs.api).toBe(6);
    expect(figures).toMatchObject({ mysqlQueriesPerCall: 2, redisCommandsPerCall: 2 });
  });

  it('have a curve with a hundred points', () => {
    const curve = saleCurve(story);
    expect(curve).toHaveLength(100);
    expect([curve[0], curve[49], curve[50], curve[99]]).toEqual([2, 2, 35, 35]);
    expect(saleCurve({ opensAtMs, claimedAtMs: [] })).toEqual([]);
  });
});
