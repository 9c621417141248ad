import { describe, expect, it } from 'vitest';
import {
  ClaimComparer,
  compareClaims,
  type ClaimsPiece,
  type KnownClaim,
} from '../../../core/compare/compare-claims.ts';
import { seededRandom, simulateSale, type StoredClaims } from '../../proof/simulated-sale.ts';

const claim = (serial: number, userId = `user-${serial}`): KnownClaim => ({
  serial,
  userId,
  code: `CODE-${serial}`,
  claimedAtMs: 1_000 + serial,
});
const claims = (count: number): KnownClaim[] => Array.from({ length: count }, (_, i) => claim(i + 1));
const agreed = (count: number): StoredClaims => ({ winners: claims(count), outbox: [], mysql: claims(count) });
const counts = (snapshot: { stock: number; issued: number }, piece: ClaimsPiece): Record<string, number> =>
  Object.fromEntries(compareClaims(snapshot, [piece]).findings.map(({ kind, count }) => [kind, count]));

describe('compareClaims', () => {
  it('finds nothing when both stores have the same claims', () => {
    expect(compareClaims({ stock: 10, issued: 10 }, [agreed(10)])).toEqual({
      findings: [],
      pending: 0,
      inRedis: 10,
      inMySql: 10,
    });
    expect(counts({ stock: 10, issued: 0 }, agreed(0))).toEqual({});
  });

  it('counts a claim that is in the outbox but not yet in MySQL as pending, not as missing', () => {
    const stores = agreed(10);
    stores.outbox = stores.mysql.splice(7);
    expect(compareClaims({ stock: 10, issued: 10 }, [stores])).toMatchObject({ findings: [], pending: 3 });
  });

  it('counts a claim in both the outbox and MySQL as stored, but not yet deleted from the outbox', () => {
    expect(counts({ stock: 10, issued: 10 }, { ...agreed(10), outbox: claims(10).slice(4) })).toEqual({});
  });

  it('compares user ids byte by byte', () => {
    const stores = agreed(0);
    for (const [i, userId] of ['Kim', 'kim', '__proto__', 'a{b}'].entries()) {
      stores.winners.push(claim(i + 1, userId));
      stores.mysql.push(claim(i + 1, userId));
    }
    expect(counts({ stock: 4, issued: 4 }, stores)).toEqual({});
    stores.mysql.splice(1, 1);
    expect(counts({ stock: 4, issued: 4 }, stores)).toEqual({ missing_in_db: 1 });
  });

  const planted: [string, (stores: StoredClaims) => Partial<{ stock: number; issued: number }> | void, object][] = [
    ['a winner who is not in MySQL', ({ mysql }) => void mysql.splice(3, 1), { missing_in_db: 1 }],
    ['a row without a winner in Redis', ({ winners }) => void winners.splice(3, 1), { missing_in_redis: 1 }],
    [
      'an outbox entry without a winner',
      ({ winners, outbox, mysql }) => {
        winners.splice(3, 1);
        outbox.push(...mysql.splice(3, 1));
      },
      { missing_in_redis: 1 },
    ],
    ['a counter that is ahead', () => ({ issued: 12, stock: 20 }), { counter_drift: 2 }],
    ['a counter that is behind', () => ({ issued: 7 }), { counter_drift: 3 }],
    [
      'serials that nobody has',
      ({ winners, mysql }) => {
        winners.splice(3, 2);
        mysql.splice(3, 2);
      },
      { serial_gap: 2 },
    ],
    ['more serials than stock', () => ({ stock: 8 }), { over_stock: 3 }],
    [
      'a user with two serials in Redis',
      ({ outbox }) => void outbox.push(claim(11, 'user-3')),
      { duplicate_user: 1, conflict: 1, over_stock: 1, counter_drift: 1 },
    ],
    [
      'a user with two rows',
      ({ winners, mysql }) => {
        winners.splice(4, 1);
        mysql[4] = claim(5, 'user-3');
      },
      { duplicate_user: 1 },
    ],
    [
      'one serial for two users',
      ({ winners, mysql }) => {
        winners.push(claim(3, 'user-x'));
        mysql.push(claim(3, 'user-x'));
      },
      { conflict: 1 },
    ],
    ['another time', ({ mysql }) => void (mysql[3] = { ...claim(4), claimedAtMs: 7 }), { conflict: 1 }],
    ['another code', ({ mysql }) => void (mysql[3] = { ...claim(4), code: 'OTHER' }), { conflict: 1 }],
    [
      "two users with each other's serials",
      ({ mysql }) => {
        mysql[3] = claim(4, 'user-5');
        mysql[4] = claim(5, 'user-4');
      },
      // Four conflicts: both users' claims differ between the stores, and each of the two serials has two users.
      { conflict: 4 },
    ],
    [
      'a serial 0',
      ({ winners, mysql }) => {
        winners.push(claim(0));
        mysql.push(claim(0));
      },
      { over_stock: 1 },
    ],
  ];

  it.each(planted)('finds %s, and nothing else', (_name, plant, expected) => {
    const stores = agreed(10);
    const snapshot = { stock: 10, issued: 10, ...plant(stores) };
    expect(counts(snapshot, stores)).toEqual(expected);
  });

  it('gives an example of each difference, without the coupon’s code', () => {
    const stores = agreed(10);
    stores.mysql[3] = { ...claim(4), code: 'OTHER' };
    expect(compareClaims({ stock: 10, issued: 10 }, [stores]).findings).toEqual([
      {
        kind: 'conflict',
        count: 1,
        examples: [
          {
            ...{ serial: 4, userId: 'user-4', detail: 'Redis and MySQL: different codes' },
            detailReason: {
              code: 'found_stores_differ',
              params: { first: 'redis', second: 'mysql', serials: null, times: null, codes: true },
            },
          },
        ],
      },
    ]);
  });

  it('compares no codes if Redis does not store any', () => {
    const stores = agreed(10);
    stores.winners = stores.winners.map((winner) => ({ ...winner, code: null }));
    expect(counts({ stock: 10, issued: 10 }, stores)).toEqual({});
  });

  it('counts all differences and keeps a few examples', () => {
    const [finding] = compareClaims({ stock: 500, issued: 500 }, [{ ...agreed(500), mysql: [] }], 5).findings;
    expect(finding).toMatchObject({ kind: 'missing_in_db', count: 500 });
    expect(finding?.examples).toHaveLength(5);
  });
});

describe('ClaimComparer', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'finds the same differences however the users are split into batches (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const { claims: stores, stock, issued } = simulateSale({ seed, users: 200, stock: 100 });
      for (let planted = 0; planted < 12; planted += 1) plantRandomly(stores, random);
      const whole = compareClaims({ stock, issued }, [stores], Infinity);
      const pieces = cutByUser(stores, random, 7);
      const inPieces = compareClaims({ stock, issued }, pieces, Infinity);

      expect(whole.findings.length).toBeGreaterThan(0);
      expect(countsOf(inPieces.findings)).toEqual(countsOf(whole.findings));
      expect({ ...inPieces, findings: [] }).toEqual({ ...whole, findings: [] });
    },
  );

  it('ignores claims that are newer than the snapshot', () => {
    const comparer = new ClaimComparer({ stock: 100, issued: 10 });
    comparer.add({ winners: claims(15), outbox: [], mysql: claims(12) });
    expect(comparer.finish(15).findings).toEqual([]);
  });

  it('finds that a counter is behind even while claims arrive', () => {
    const comparer = new ClaimComparer({ stock: 100, issued: 10 });
    comparer.add({ winners: claims(10), outbox: [], mysql: claims(15) });
    expect(comparer.finish(12).findings).toMatchObject([{ kind: 'counter_drift', count: 3 }]);
  });

  it('needs one bit per serial for a round of a million claims', () => {
    const comparer = new ClaimComparer({ stock: 1_000_000, issued: 1_000_000 });
    for (let from = 1; from <= 1_000_000; from += 1_000) {
      const piece = Array.from({ length: 1_000 }, (_, i) => claim(from + i));
      if (from === 500_001) piece.length = 990;
      comparer.add({ winners: piece, outbox: [], mysql: piece });
    }
    expect(comparer.finish().findings).toEqual([
      {
        kind: 'serial_gap',
        count: 10,
        examples: [
          {
            ...{ serial: 500_991, userId: null, detail: 'nobody has serials 500991..501000' },
            detailReason: { code: 'found_gap', params: { from: 500_991, to: 501_000 } },
          },
        ],
      },
    ]);
  });
});

const countsOf = (findings: { kind: string; count: number }[]) =>
  Object.fromEntries(findings.map(({ kind, count }) => [kind, count]));

function plantRandomly(stores: StoredClaims, random: () => number): void {
  const store = random() < 0.5 ? stores.winners : stores.mysql;
  const at = Math.floor(random() * store.length);
  const chosen = store[at];
  if (chosen === undefined) return;
  const kind = Math.floor(random() * 5);
  if (kind === 0) store.splice(at, 1);
  else if (kind === 1) store.push({ ...chosen, serial: 1 + Math.floor(random() * 110) });
  else if (kind === 2) chosen.claimedAtMs += 5;
  else if (kind === 3) chosen.serial = 1 + Math.floor(random() * 110);
  else stores.outbox.push(...store.splice(at, 1));
}

function cutByUser(stores: StoredClaims, random: () => number, count: number): StoredClaims[] {
  const pieces = Array.from({ length: count }, (): StoredClaims => ({ winners: [], outbox: [], mysql: [] }));
  const pieceOf = new Map<string, StoredClaims>();
  for (const name of ['winners', 'outbox', 'mysql'] as const) {
    for (const known of stores[name]) {
      const piece = pieceOf.get(known.userId) ?? pieces[Math.floor(random() * count)] ?? stores;
      pieceOf.set(known.userId, piece);
      piece[name].push(known);
    }
  }
  return pieces;
}

it('comparing claims finds a returned serial that somebody has, even the highest serial', () => {
  for (const returned of [1, 3]) {
    const claims = [1, 2, 3].map((serial) => ({ serial, userId: `u${serial}`, code: null, claimedAtMs: 5 }));
    const { findings } = compareClaims({ stock: 10, issued: 3, returned: new Set([returned]) }, [
      { winners: claims, outbox: [], mysql: claims },
    ]);
    expect(findings.map(({ kind }) => kind)).toContain('conflict');
  }
});

it('comparing claims reports no gap for a returned serial that nobody has', () => {
  const claims = [1, 4].map((serial) => ({ serial, userId: `u${serial}`, code: null, claimedAtMs: 5 }));
  const judged = (returned: number[]) =>
    compareClaims({ stock: 10, issued: 2, returned: new Set(returned) }, [
      { winners: claims, outbox: [], mysql: claims },
    ]).findings.map(({ kind }) => kind);
  expect(judged([2, 3, 5])).toEqual([]);
  expect(judged([2])).toContain('serial_gap');
});
