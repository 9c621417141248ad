import { describe, expect, it } from 'vitest';
import { showInfo } from '../../core/events/info-wire.ts';
import {
  changedFields,
  createInput,
  draftOf,
  emptyDraft,
  updateInput,
  warningsOf,
  type Draft,
} from '../../web/console/forms/draft.ts';
import { instantOf } from '../../web/console/parts/zoned-time.ts';
import type { AdminEvent } from '../../web/console/shell/session.ts';
import { plainInfo } from '../core/events/plain-info.ts';

const draft = (over: Partial<Draft> = {}): Draft => ({
  ...emptyDraft(),
  ...{ name: 'Sale', amount: '10000', stock: '1000', opensAt: '2026-09-01T10:00', timeZone: 'Asia/Seoul' },
  ...over,
});

const event: AdminEvent = {
  ...showInfo({ ...plainInfo, name: 'Sale', amount: 10_000, timeZone: 'Asia/Seoul' }),
  ...{ id: 'ev_1', stock: 1_000, issued: 0 },
  ...{ remaining: 1_000, opensAt: '2026-09-01T01:00:00.000Z', closesAt: null, soldOutAt: null, phase: 'scheduled' },
  ...{ serverTime: '2026-08-31T00:00:00.000Z', strategy: 'redis-stream', round: 1, version: 1 },
  ...{ paused: false, persisted: 0, outbox: 0, outboxSince: null },
  ...{ firstClaimedAt: null, needsApproval: false, approvalAskedBy: null, seeded: false, gateLost: false },
  readiness: null,
};

describe('the request that a form sends', () => {
  it('for a new event contains every field that the user typed, and NaN for a number that can’t be read', () => {
    expect(createInput(draft({ closesAt: '' }))).toMatchObject({ amount: 10_000, stock: 1_000, closesAt: null });
    expect(createInput(draft({ closesAt: '2026-09-01T18:00' }))).toMatchObject({ closesAt: '2026-09-01T18:00' });
    expect(createInput(draft({ amount: '', stock: '10,00' }))).toMatchObject({ amount: NaN, stock: NaN });
    expect(createInput(draft({ amount: '1만', stock: '10,000' }))).toMatchObject({ amount: 10_000, stock: 10_000 });
  });

  it('for a change contains only the changed fields; the opening, the closing and the zone are sent together', () => {
    const from = draftOf(event);
    expect(changedFields(from, { ...from })).toEqual([]);
    expect(updateInput(from, { ...from })).toEqual({});
    expect(updateInput(from, { ...from, name: 'New' })).toEqual({ name: 'New' });
    for (const change of [{ closesAt: '2026-09-01T18:00' }, { timeZone: 'UTC' }] as const) {
      expect(updateInput(from, { ...from, ...change })).toEqual({
        ...{ opensAt: '2026-09-01T10:00:00', closesAt: null, timeZone: 'Asia/Seoul' },
        ...change,
      });
    }
  });

  it('has null for empty display fields, and includes the zone if a time was changed', () => {
    const none = { imageUrl: null, imageAlt: null, terms: null, useUrl: null, validUntil: null };
    expect(createInput(draft())).toMatchObject(none);
    const from = draftOf({ ...event, imageUrl: 'https://shop.example/a.png', validUntil: '2026-12-31T15:00:00.000Z' });
    expect(from).toMatchObject({
      imageUrl: 'https://shop.example/a.png',
      validUntil: '2027-01-01T00:00:00',
      terms: '',
    });
    expect(updateInput(from, { ...from, imageUrl: '', terms: 'One each' })).toEqual({
      imageUrl: null,
      terms: 'One each',
    });
    // This change sends neither the opening nor the closing, which can't change once an event is open.
    expect(updateInput(from, { ...from, validUntil: '' })).toEqual({ validUntil: null });
    expect(updateInput(from, { ...from, validUntil: '2027-02-01T00:00' })).toEqual({
      ...{ validUntil: '2027-02-01T00:00', timeZone: 'Asia/Seoul' },
    });
    expect(updateInput(from, { ...from, timeZone: 'UTC' })).toMatchObject({ validUntil: '2027-01-01T00:00:00' });
    expect(updateInput(from, { ...from, name: 'New' })).toEqual({ name: 'New' });
  });

  it('keeps every time if a form is opened and saved without a change', () => {
    for (const timeZone of ['Asia/Seoul', 'Europe/Berlin', 'America/St_Johns', null]) {
      const held = { ...event, timeZone, closesAt: '2026-09-01T09:30:15.000Z' };
      const shown = draftOf(held);
      expect(instantOf(shown.opensAt, shown.timeZone)).toBe(Date.parse(held.opensAt));
      expect(instantOf(shown.closesAt, shown.timeZone)).toBe(Date.parse(held.closesAt));
    }
  });
});

describe('a typed time', () => {
  it.each([
    ['', 'UTC', null],
    ['tomorrow', 'UTC', null],
    ['2026-09-01T10:00', 'Nowhere/None', null],
    ['2026-09-01T10:00', 'Asia/Seoul', Date.UTC(2026, 8, 1, 1)],
    ['2026-09-01 10:00', 'Asia/Seoul', Date.UTC(2026, 8, 1, 1)],
    ['2026-09-01T10:00:00Z', 'Asia/Seoul', Date.UTC(2026, 8, 1, 10)],
    ['2026-09-01T10:00+02:00', 'Asia/Seoul', Date.UTC(2026, 8, 1, 8)],
    ['2026-03-29T02:30', 'Europe/Berlin', 'skipped'],
    ['2026-10-25T02:30', 'Europe/Berlin', 'twice'],
    ['2026-10-25T02:30+01:00', 'Europe/Berlin', Date.UTC(2026, 9, 25, 1, 30)],
  ])('%j in %s is read as the right instant, or not at all', (text, timeZone, meant) => {
    expect(instantOf(text, timeZone)).toBe(meant);
  });
});

describe('a form’s warnings', () => {
  const other = { amount: 10_000, currency: 'KRW', stock: 1_000 };
  const circumstances = {
    nowMs: Date.UTC(2026, 7, 31),
    others: [other, other, { ...other, amount: 100_000 }],
    event: null,
    seedLead: 60,
    approvalAbove: { amount: null, stock: null },
  };
  const warned = (over: Partial<Draft>, more: Partial<Parameters<typeof warningsOf>[1]> = {}) =>
    warningsOf(draft(over), { ...circumstances, ...more });

  it('do not appear for an ordinary event that opens on a Tuesday at ten', () => {
    expect(warned({})).toEqual([]);
    expect(warned({ closesAt: '2026-09-01T18:00' })).toEqual([]);
    expect(warningsOf(emptyDraft(), circumstances)).toEqual([]);
  });

  it.each<[string, Partial<Draft>, string[]]>([
    ['too soon to be seeded in time', { opensAt: '2026-08-31T09:00:59' }, ['opensSoon']],
    ['just late enough to be seeded in time', { opensAt: '2026-08-31T09:01:00' }, []],
    ['in the past', { opensAt: '2026-08-31T08:59:59' }, ['opensPast']],
    ['at night in its zone', { opensAt: '2026-09-01T06:59' }, ['opensAtNight']],
    ['late in its zone', { opensAt: '2026-09-01T23:00' }, ['opensAtNight']],
    ['at night here, but not at night in its zone', { opensAt: '2026-09-01T03:00Z' }, []],
    ['on a Saturday in its zone, when it is still Friday in UTC', { opensAt: '2026-09-04T23:30Z' }, ['opensOnWeekend']],
    ['on a Sunday', { opensAt: '2026-09-06T12:00' }, ['opensOnWeekend']],
    ['and closes soon', { closesAt: '2026-09-01T10:00:59' }, ['closesSoon']],
    ['with a very large amount', { amount: '50001' }, ['amountFar']],
    ['with a very small amount', { amount: '1999' }, ['amountSmall']],
    [
      'with an amount of a few cents in a currency that no other event has',
      { amount: '10', currency: 'USD' },
      ['amountSmall'],
    ],
    ['with an amount that is usual in dollars', { amount: '1000', currency: 'USD' }, []],
    ['with very many coupons', { stock: '20001' }, ['stockFar']],
    ['with a picture but no description of it', { imageUrl: 'https://shop.example/a.png' }, ['imageUndescribed']],
    ['in a time zone that does not exist', { opensAt: '2026-09-01T03:00Z', timeZone: 'No/Zone' }, []],
  ])('fit an event that opens %s', (_what, over, warnings) => {
    expect(warned(over)).toEqual(warnings);
  });

  it('report a very large stock even if such a stock is usual', () => {
    expect(warned({ stock: '1000000' }, { others: [{ ...other, stock: 5_000_000 }] })).toEqual(['stockFar']);
  });

  it('report a past opening of an existing event only if the edit moves the opening into the past', () => {
    const nowMs = Date.UTC(2026, 8, 1, 12);
    expect(warned({}, { nowMs, event })).toEqual([]);
    expect(warned({ opensAt: '2026-09-01T10:30' }, { nowMs, event })).toEqual(['opensPast']);
    expect(warned({}, { nowMs })).toEqual(['opensPast']);
  });

  it('report that a new event or a change needs an approval, but not an approved event', () => {
    const approvalAbove = { amount: 9_000, stock: 5_000 };
    expect(warned({}, { approvalAbove })).toEqual(['approval']);
    expect(warned({ amount: '9000' }, { approvalAbove })).toEqual([]);
    expect(warned({ amount: '9000', stock: '5001' }, { approvalAbove })).toEqual(['approval']);
    expect(warned({}, { approvalAbove, event })).toEqual([]);
    expect(warned({ stock: '1001' }, { approvalAbove, event })).toEqual(['approval']);
    expect(warned({ opensAt: '2026-09-01T11:00' }, { approvalAbove, event })).toEqual(['approval']);
    expect(warned({}, { approvalAbove, event: { ...event, needsApproval: true } })).toEqual(['approval']);
    expect(warned({ amount: '9000' }, { approvalAbove, event: { ...event, needsApproval: true } })).toEqual([]);
  });

  it('report that Redis has little memory left if the event’s readiness reports it', () => {
    const check = {
      name: 'memory' as const,
      state: 'problem' as const,
      detail: '',
      action: null,
      detailReasons: [],
      actionReason: null,
    };
    const short = { ...event, readiness: { armed: false, checks: [check] } };
    expect(warned({}, { event: short })).toEqual(['stockMemory']);
  });
});
