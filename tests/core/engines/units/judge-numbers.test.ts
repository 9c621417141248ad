import { expect, it } from 'vitest';
import { ClaimComparer } from '../../../../core/compare/compare-claims.ts';
import type { DriftKind } from '../../../../core/compare/drift-kind.ts';
import { FindingLog } from '../../../../core/compare/finding.ts';
import { SerialSet } from '../../../../core/compare/serial-set.ts';
import type { Judging } from '../../../../core/engines/engine.ts';
import { newGate } from '../../../../core/engines/gated/seed-gate.ts';
import { judgeNumbers } from '../../../../core/engines/units/judge-numbers.ts';
import { gateFields, type Gate } from '../../../../core/gate/gate.ts';
import type { RedisLink } from '../../../../core/redis/open-redis.ts';
import { singleLink } from '../../../../core/redis/redis-links.ts';
import type { Stores } from '../../../../core/stores/stores.ts';
import { eventWith } from '../../events/event-with.ts';

type Round = {
  claims?: number[];
  /**
   * A round's numbers: `attempts` are being written, `returned` were returned, and `storedByNow` are numbers that MySQL
   * has by the time the judge asks.
   */
  attempts?: number[];
  returned?: number[];
  storedByNow?: number[];
  gate: Partial<Gate>;
};

/** Judges a round with these numbers. `lost` are the numbers that a repair receives. */
async function judge({ claims = [], attempts = [], returned = [], storedByNow = [], gate }: Round) {
  const event = { ...eventWith({ stock: 10 }), strategy: 'redis-counter-set' as const };
  const full: Gate = { ...newGate(event, { runId: 'run-1', given: 0 }), issued: claims.length, ...gate };
  const judgedTo = Math.min(full.given ?? 0, full.stock);
  const comparer = new ClaimComparer({ stock: full.stock, issued: judgedTo });
  const taken = new SerialSet();
  for (const serial of claims) {
    comparer.addAgreed({ serial, userId: `u${serial}` });
    taken.add(serial);
  }
  const fields = gateFields(full);
  const hash = Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]]] : [])));
  const found = (numbers: readonly number[], asked: string[]) =>
    asked.map((number) => (numbers.includes(Number(number)) ? '1' : null));
  const client = {
    hgetall: () => Promise.resolve(hash),
    multi: () => {
      const replies: [null, (string | null)[]][] = [];
      const chain = {
        hmget: (_key: string, ...asked: string[]) => (replies.push([null, found(attempts, asked)]), chain),
        zmscore: (_key: string, ...asked: string[]) => (replies.push([null, found(returned, asked)]), chain),
        exec: () => Promise.resolve(replies),
      };
      return chain;
    },
  };
  const findMany = () => Promise.resolve(storedByNow.map((serial) => ({ serial })));
  const lost: number[] = [];
  const twofold: true[] = [];
  const judging: Judging = {
    ...{ event, comparer, judgedTo, taken, log: new FindingLog<DriftKind>() },
    stores: { redis: singleLink({ client } as unknown as RedisLink), db: { claim: { findMany } } } as unknown as Stores,
    snapshot: {
      standing: { kind: 'gate', gate: full },
      ...{ inRedis: true, lastEntryId: null, waitingTo: 0, newestStored: null },
      counts: {
        ...{ winners: claims.length, attempts: attempts.length },
        ...{ holders: attempts.length, returned: returned.length },
      },
    },
    mender: {
      lostNumbers: (numbers) => Promise.resolve(void lost.push(...numbers)),
      twofoldNumbers: () => Promise.resolve(void twofold.push(true)),
    },
  };
  const { findings, pending, persisted } = await judgeNumbers(judging);
  const kinds = findings.map(({ kind, count }) => [kind, count]);
  return { kinds, pending, persisted, lost, looksForTwofold: twofold.length };
}

it('judging numbers finds nothing if every missing number is being written or was returned', async () => {
  const judged = await judge({ claims: [1, 4], attempts: [2], returned: [3], gate: { given: 4 } });
  expect(judged).toMatchObject({ kinds: [], pending: 1, persisted: 2, lost: [] });
});

it('judging numbers asks MySQL before it reports a number as lost, because the number’s claim may have been stored after the judge read its page of claims', async () => {
  expect(await judge({ claims: [1, 3], storedByNow: [2], gate: { given: 3 } })).toMatchObject({ lost: [] });
});

it('judging numbers reports a number that is in no store, and passes it to a repair', async () => {
  const judged = await judge({ claims: [1, 3], gate: { given: 3 } });
  expect(judged).toMatchObject({ kinds: [['serial_gap', 1]], lost: [2] });
});

it('judging numbers finds lost numbers above a lowered stock, where the serials show no gap', async () => {
  const judged = await judge({ claims: [1, 2], gate: { given: 4, stock: 2 } });
  expect(judged).toMatchObject({ kinds: [['counter_drift', 2]], lost: [3, 4] });
});

it('judging numbers reports a gate that counts more settled units than there are winners', async () => {
  const judged = await judge({ claims: [1, 2], gate: { given: 2, issued: 3 } });
  expect(judged.kinds).toEqual([['counter_drift', 1]]);
});

it('judging numbers always passes numbers that are in two places to a repair, but reports them only if it finds nothing else', async () => {
  const twice = await judge({ claims: [1, 2], returned: [2], gate: { given: 2 } });
  expect(twice).toMatchObject({ kinds: [['counter_drift', 1]], looksForTwofold: 1 });
  expect(await judge({ claims: [1, 2], gate: { given: 2 } })).toMatchObject({ kinds: [], looksForTwofold: 1 });
});
