import { expect, it } from 'vitest';
import { ClaimComparer, type KnownClaim } from '../../../core/compare/compare-claims.ts';
import type { DriftKind } from '../../../core/compare/drift-kind.ts';
import { FindingLog } from '../../../core/compare/finding.ts';
import { SerialSet } from '../../../core/compare/serial-set.ts';
import type { Judging } from '../../../core/engines/engine.ts';
import { newGate } from '../../../core/engines/gated/seed-gate.ts';
import { judgeSerials } from '../../../core/engines/judge-serials.ts';
import type { Gate } from '../../../core/gate/gate.ts';
import type { Stores } from '../../../core/stores/stores.ts';
import { eventWith } from '../events/event-with.ts';

const claim = (serial: number): KnownClaim => ({
  serial,
  userId: `u${serial}`,
  code: `c${serial}`,
  claimedAtMs: serial,
});

function roundWith({
  serials,
  gate,
  reserved = '',
}: {
  serials: number[];
  gate: Partial<Gate> | null;
  reserved?: string;
}) {
  const event = eventWith({ stock: 100, reserved });
  const full = gate && { ...newGate(event, { runId: 'run-1', given: null }), ...gate };
  const judgedTo = full?.issued ?? Math.max(0, ...serials);
  const comparer = new ClaimComparer({ stock: 100, issued: judgedTo });
  for (const serial of serials) comparer.addAgreed(claim(serial));
  const counts = { winners: full === null ? 0 : serials.length, attempts: 0, holders: 0, returned: 0 };
  const judging: Judging = {
    ...{ stores: {} as Stores, event, comparer, judgedTo, log: new FindingLog<DriftKind>(), taken: new SerialSet() },
    snapshot: {
      standing: full === null ? { kind: 'none' } : { kind: 'gate', gate: full },
      ...{ inRedis: full !== null, lastEntryId: null, waitingTo: 0, newestStored: null, counts },
    },
    mender: { lostNumbers: () => Promise.resolve(), twofoldNumbers: () => Promise.resolve() },
  };
  return judgeSerials(judging, () => Promise.resolve(full?.issued ?? null));
}

const kinds = ({ findings }: Awaited<ReturnType<typeof roundWith>>) => findings.map(({ kind, count }) => [kind, count]);

it('judging serials finds nothing if every serial up to the counter has its claim', async () => {
  const judged = await roundWith({ serials: [1, 2, 3], gate: { issued: 3 } });
  expect(judged).toMatchObject({ issued: 3, persisted: 3, pending: 0, reserved: 0, findings: [] });
});

it('judging serials reports a serial without a claim', async () => {
  expect(kinds(await roundWith({ serials: [1, 3], gate: { issued: 3 } }))).toEqual([['serial_gap', 1]]);
});

it('judging serials accepts a reserved serial without a claim, and counts it', async () => {
  const judged = await roundWith({ serials: [1, 4], gate: { issued: 4, vacant: 2, reserved: '2-3' } });
  expect(judged).toMatchObject({ issued: 4, reserved: 2, findings: [] });
});

it('judging serials uses the gate’s count of vacant serials to find a lost claim with a reserved serial', async () => {
  const judged = await roundWith({ serials: [1, 4], gate: { issued: 4, vacant: 1, reserved: '2-3' } });
  expect(kinds(judged)).toEqual([['serial_gap', 1]]);
});

it('judging serials reports a gate whose counts do not add up even if all claims agree', async () => {
  const judged = await roundWith({ serials: [1, 2, 3], gate: { issued: 3, vacant: 1 } });
  expect(kinds(judged)).toEqual([['counter_drift', 1]]);
});

it('judging serials reads the reserved serials from the row if there is no gate', async () => {
  const judged = await roundWith({ serials: [1, 4], gate: null, reserved: '2-3' });
  expect(judged).toMatchObject({ issued: 2, persisted: 2, findings: [] });
});
