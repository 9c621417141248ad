import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { GateStanding } from '../../../../core/engines/gate-standing.ts';
import { createGatekeeper } from '../../../../core/engines/gated/gatekeeper.ts';
import type { EventRow } from '../../../../core/events/event-rows.ts';
import { Fault } from '../../../../core/runtime/fault.ts';
import { createLog } from '../../../../core/runtime/log.ts';
import { createStateChanges } from '../../../../core/runtime/state-changes.ts';
import type { Stores } from '../../../../core/stores/stores.ts';
import { eventWith } from '../../events/event-with.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function handDriven() {
  const log = createLog('api', 'silent');
  const warn = vi.spyOn(log, 'warn');
  const looks: { eventId: string; found: PromiseWithResolvers<EventRow | null> }[] = [];
  let standing: GateStanding | Fault = { kind: 'ready' };
  const gatekeeper = createGatekeeper({ log, logged: createStateChanges() } as Partial<Stores> as Stores, {
    find: (eventId) => {
      const found = Promise.withResolvers<EventRow | null>();
      looks.push({ eventId, found });
      return found.promise;
    },
    engineOf: () => ({
      standing: () => (standing instanceof Fault ? Promise.reject(standing) : Promise.resolve(standing)),
    }),
  });
  return {
    warn,
    looks,
    ask: (eventId = 'ev') => gatekeeper.standing(eventId),
    askAnd: async (answer: GateStanding | Fault | null | Error): Promise<unknown> => {
      const asked = gatekeeper.standing('ev').catch((err: unknown) => err);
      const found = looks.at(-1)?.found;
      if (answer instanceof Fault || (answer !== null && !(answer instanceof Error))) standing = answer;
      if (answer instanceof Error && !(answer instanceof Fault)) found?.reject(answer);
      else found?.resolve(answer === null ? null : eventWith());
      return asked;
    },
  };
}

it('a gatekeeper checks each event once, however many callers ask about it', async () => {
  const { ask, looks } = handDriven();
  const asked = [ask('ev-1'), ask('ev-1'), ask('ev-2')];
  expect(looks.map(({ eventId }) => eventId)).toEqual(['ev-1', 'ev-2']);
  for (const { found } of looks) found.resolve(eventWith());
  expect(await Promise.all(asked)).toEqual([{ kind: 'ready' }, { kind: 'ready' }, { kind: 'ready' }]);
});

it.each<GateStanding>([
  { kind: 'ready' },
  { kind: 'early', eventId: 'ev_1', opensAtMs: 1 },
  { kind: 'elsewhere', strategy: 'db-lock' },
])(
  'a gatekeeper does not remember the answer $kind, because a change can make it wrong at any moment',
  async (standing) => {
    const { askAnd, looks } = handDriven();
    expect(await askAnd(standing)).toEqual(standing);
    expect(await askAnd(standing)).toEqual(standing);
    expect(looks).toHaveLength(2);
  },
);

it.each<GateStanding>([{ kind: 'closed' }, { kind: 'retired', event: eventWith() }])(
  'a gatekeeper remembers the answer $kind for a second',
  async (standing) => {
    const { askAnd, looks } = handDriven();
    await askAnd(standing);
    vi.advanceTimersByTime(999);
    expect(await askAnd(standing)).toEqual(standing);
    expect(looks).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await askAnd(standing);
    expect(looks).toHaveLength(2);
  },
);

it('a gatekeeper asks MySQL at most once a second about an event that does not exist or whose gate is lost', async () => {
  const unknown = handDriven();
  expect(await unknown.askAnd(null)).toMatchObject({ code: 'not_found' });
  expect(await unknown.askAnd(null)).toMatchObject({ code: 'not_found' });
  expect(unknown.looks).toHaveLength(1);

  const lost = handDriven();
  const fault = new Fault('gate_lost', 'lost');
  expect(await lost.askAnd(fault)).toBe(fault);
  expect(await lost.askAnd(fault)).toBe(fault);
  expect(lost.looks).toHaveLength(1);
});

it('a gatekeeper answers unavailable if a store does not answer, and logs each outage once', async () => {
  const { askAnd, warn } = handDriven();
  const outage = new Error('MySQL is away');
  const askLater = (answer: GateStanding | Error) => {
    vi.advanceTimersByTime(1_000);
    return askAnd(answer);
  };
  expect(await askLater(outage)).toMatchObject({ code: 'unavailable', cause: outage });
  expect(await askLater(outage)).toMatchObject({ code: 'unavailable' });
  expect(warn).toHaveBeenCalledTimes(1);
  expect(await askLater({ kind: 'ready' })).toEqual({ kind: 'ready' });
  await askLater(outage);
  expect(warn).toHaveBeenCalledTimes(2);
});
