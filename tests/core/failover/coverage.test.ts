import { describe, expect, it, vi } from 'vitest';
import { judgeCoverage, type Coverage } from '../../../core/failover/coverage.ts';
import { OtherProcesses, goneAfterMs, left } from '../../../core/failover/other-processes.ts';
import type { ProcessRecord } from '../../../core/failover/process-record.ts';
import { Promises, type Promised } from '../../../core/failover/promises.ts';

const gate = { eventId: 'e', round: 1, issued: 80, version: 3, runId: 'old' };

const promised = (change: Partial<Promised> = {}): Promised => ({
  ...{ round: 1, serial: 80, version: 1, usedUnder: 'old' },
  ...change,
});

const record = (change: Partial<ProcessRecord> = {}): ProcessRecord => ({
  ...{ sequence: 1, ids: ['new'], earlierIds: [], left: false, promised: {}, homes: {}, others: [], settled: {} },
  ...change,
});

const judge = (records: Record<string, ProcessRecord>, processes = Object.keys(records)): Coverage =>
  judgeCoverage({ processes: new Set(processes), records: new Map(Object.entries(records)) }, gate, 'new');

describe('a promoted gate', () => {
  it('has everything that was promised if every process confirms it', () => {
    const all = { a: record({ promised: { e: promised({ version: 2 }) } }), b: record() };
    expect(judge(all)).toEqual({ kind: 'shown', watched: true, sameData: false, version: 2 });
  });

  it('is not confirmed by a process that has never used the gate', () => {
    expect(judge({ a: record({ promised: { e: promised({ serial: 3, usedUnder: '' }) } }) })).toMatchObject({
      ...{ kind: 'shown', watched: false },
    });
  });

  it('lacks a serial that any process promised and that the gate never issued, even if other processes have not answered', () => {
    const all = { a: record({ promised: { e: promised({ serial: 81 }) } }) };
    expect(judge(all, ['a', 'b'])).toEqual({ kind: 'lacking', round: 1, from: 81, to: 81, unanswered: true });
  });

  it('lacks a round if a process made a promise in a later round than the gate’s', () => {
    expect(judge({ a: record({ promised: { e: promised({ round: 2, serial: 4 }) } }) })).toMatchObject({
      ...{ kind: 'lacking', round: 2, to: 4 },
    });
  });

  it('lacks nothing if a promise is from an earlier round than the gate’s', () => {
    const earlier = { ...gate, round: 2, issued: 0 };
    const records = new Map([['a', record({ promised: { e: promised({ serial: 500 }) } })]]);
    expect(judgeCoverage({ processes: new Set(['a']), records }, earlier, 'new')).toMatchObject({ kind: 'shown' });
  });

  it.each([
    ['is connected to another Redis', record({ ids: ['old'] })],
    ['would use the event on another master', record({ promised: { e: promised() }, homes: { e: 'other master' } })],
  ])('waits for a process that %s', (_which, elsewhere) => {
    expect(judge({ a: record(), b: elsewhere })).toMatchObject({ kind: 'open', processes: ['b'] });
  });

  it('waits for a process that only another process knows', () => {
    expect(judge({ a: record({ others: ['unknown to Redis'] }) })).toMatchObject({
      ...{ kind: 'open', processes: ['unknown to Redis'] },
    });
  });

  it('does not wait for a process whose promises another process has taken over, except for events whose promises could not be taken over', () => {
    expect(judge({ a: record({ settled: { dead: [] } }) }, ['a', 'dead'])).toMatchObject({ kind: 'shown' });
    expect(judge({ a: record({ settled: { dead: ['e'] } }) }, ['a', 'dead'])).toMatchObject({
      ...{ kind: 'open', processes: ['dead'] },
    });
  });

  it('lacks serials that another gate promised after the two gates diverged, even if it has issued just as many serials', () => {
    const parted = { ...gate, histories: 'seed:1 0 first 50' };
    const lack = (under: Record<string, number>) => {
      const records = new Map([['a', record({ promised: { e: promised({ serial: 70, under }) } })]]);
      return judgeCoverage({ processes: new Set(['a']), records }, parted, 'new');
    };
    expect(lack({ first: 70 })).toMatchObject({ kind: 'lacking', from: 51, to: 70 });
    expect(lack({ first: 50, old: 70 })).toMatchObject({ kind: 'shown' });
    expect(lack({ 'never seen here': 70 })).toMatchObject({ kind: 'lacking', from: 1, to: 70 });
    expect(lack({ '': 70 })).toMatchObject({ kind: 'shown' });
  });

  it('that a repair rebuilt lacks nothing promised earlier, because an operator let the sale go on without those promises', () => {
    const rebuilt = { ...gate, histories: 'rebuilt 60' };
    const most = (under: Record<string, number>) => ({
      a: record({ promised: { e: promised({ serial: 99, under }) } }),
    });
    const judged = (under: Record<string, number>) =>
      judgeCoverage({ processes: new Set(['a']), records: new Map(Object.entries(most(under))) }, rebuilt, 'new');
    expect(judged({ 'before the rebuild': 99 })).toMatchObject({ kind: 'shown' });
    expect(judged({ old: 99 })).toMatchObject({ kind: 'lacking', from: 81, to: 99 });
  });

  it('must have the newest confirmed settings even if some processes do not answer', () => {
    const all = { a: record({ promised: { e: promised({ version: 7 }) } }) };
    expect(judge(all, ['a', 'b'])).toEqual({ kind: 'open', processes: ['b'], version: 7 });
  });

  it('relies on the last record of a process that shut down normally', () => {
    const stopped = record({ ids: ['older'], left: true, promised: { e: promised({ serial: 99 }) } });
    expect(judge({ a: record(), b: stopped })).toMatchObject({ kind: 'lacking', to: 99 });
  });

  it('waits for no other process if one process has watched the same primary all along', () => {
    expect(judge({ a: record({ earlierIds: ['old'] }) }, ['a', 'b'])).toMatchObject({ kind: 'shown', sameData: true });
  });

  it('waits for the other processes if the process that knows the gate’s earlier id saw it on another master', () => {
    const elsewhere = record({ earlierIds: ['old'], earlierIdsOf: { 'other master': ['old'], new: [] } });
    expect(judge({ a: elsewhere }, ['a', 'b'])).toMatchObject({ kind: 'open', processes: ['b'] });
    const here = record({ earlierIds: ['old'], earlierIdsOf: { new: ['old'] } });
    expect(judge({ a: here }, ['a', 'b'])).toMatchObject({ kind: 'shown', sameData: true });
  });
});

describe('the record of a process’s promises', () => {
  it('only grows within a round, and is cleared when the next round begins', () => {
    const promises = new Promises();
    promises.note('e', 1, 5, 'first');
    promises.note('e', 1, 3, 'second');
    expect(promises.of('e')).toMatchObject({ round: 1, serial: 5, usedUnder: 'second' });
    promises.noteVersion('e', 2, 7);
    expect(promises.of('e')).toMatchObject({ round: 2, serial: 0, version: 7 });
    promises.note('e', 1, 100, 'third');
    expect(promises.of('e')).toMatchObject({ round: 2, serial: 0 });
  });

  it('includes what other processes promised, but does not say that those processes used the gate', () => {
    const promises = new Promises();
    promises.takeOver({ e: promised({ serial: 9, version: 4 }) });
    expect(promises.of('e')).toEqual({ round: 1, serial: 9, under: { '': 9 }, version: 4, usedUnder: '' });
  });

  it('stops a trusted gate for as long as the gate lacks a promised serial', () => {
    const promises = new Promises();
    promises.note('e', 1, 75, 'old');
    promises.note('e', 1, 80, 'new');
    const trusted = { ...gate, runId: 'new', paused: false, histories: 'seed:1 0 old 60' };
    const lacking = (runId = 'new') => promises.lackingIn('e', { ...trusted, runId }, 'new', promises.copyOf('e'));
    expect(lacking('old')).toBeNull();
    expect(lacking()).toEqual({ from: 61, to: 75, isSettled: false });
    expect(lacking()).toEqual({ from: 61, to: 75, isSettled: false });
    expect(promises.lackingIn('e', { ...trusted, histories: 'old 75' }, 'new', promises.copyOf('e'))).toBeNull();
  });

  it('is reported once if an operator resumed the event on a rebuilt gate that lacks promised serials', () => {
    const promises = new Promises();
    promises.note('e', 1, 90, 'old');
    promises.note('e', 1, 70, 'new');
    const rebuilt = { ...gate, runId: 'new', paused: true, histories: 'rebuilt 60' };
    const lacking = (paused: boolean) => promises.lackingIn('e', { ...rebuilt, paused }, 'new', promises.copyOf('e'));
    expect(lacking(true)).toBeNull();
    expect(lacking(false)).toEqual({ from: 81, to: 90, isSettled: true });
    expect(lacking(false)).toBeNull();
    expect(promises.of('e')).toMatchObject({ serial: 80, under: { new: 70 } });
  });

  it('remembers the highest promised serial of each of the last few run ids, and one highest serial for all older ids', () => {
    const promises = new Promises();
    for (let i = 1; i <= 20; i += 1) promises.note('e', 1, i, `id ${i}`);
    const { under = {} } = promises.of('e') ?? {};
    expect(Object.keys(under)).toHaveLength(9);
    expect(under).toMatchObject({ '': 12, 'id 20': 20 });
  });
});

describe('the list of other processes', () => {
  it('survives a failover to a replica that does not have the list', () => {
    const others = new OtherProcesses(new Promises());
    others.saw('old', { a: '1000', self: '1000' }, new Map(), 'self');
    others.saw('new', { self: '1000' }, new Map(), 'self');
    expect(others.names()).toEqual(['a']);
  });

  it('drops a process that somebody removed from the list in Redis', () => {
    const others = new OtherProcesses(new Promises());
    others.saw('old', { a: '1000' }, new Map(), 'self');
    others.saw('old', {}, new Map(), 'self');
    expect(others.names()).toEqual([]);
  });

  it('counts a process as gone once the process has been silent too long by Redis’s clock', () => {
    const others = new OtherProcesses(new Promises());
    others.saw('old', { a: '1000' }, new Map(), 'self');
    expect(others.gone(1_000 + goneAfterMs)).toEqual([]);
    expect(others.gone(1_001 + goneAfterMs)).toEqual(['a']);
  });

  it('counts no process as gone while the list can’t be read', () => {
    const others = new OtherProcesses(new Promises());
    others.saw('old', { a: '1000' }, new Map(), 'self');
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 60_000);
    expect(others.gone(1_001 + goneAfterMs)).toEqual([]);
    clock.mockRestore();
    expect(others.gone(1_001 + goneAfterMs)).toEqual(['a']);
  });

  it('has the promises of a process that shut down normally', () => {
    const promises = new Promises();
    const others = new OtherProcesses(promises);
    others.saw('old', { a: '1000' }, new Map(), 'self');
    expect(others.unreadAmong({ a: left })).toEqual(['a']);
    const last = new Map([['a', record({ left: true, promised: { e: promised({ serial: 7 }) } })]]);
    others.saw('old', { a: left }, last, 'self');
    expect(others.names()).toEqual([]);
    expect(others.settled()).toEqual({ a: [] });
    expect(others.leftHere()).toEqual(['a']);
    expect(promises.of('e')?.serial).toBe(7);
  });
});
