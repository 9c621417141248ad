import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { givenInfo } from '../../../admin-cli/commands/given-info.ts';
import { settingArgs, switchArgs } from '../../../admin-cli/commands/setting-args.ts';
import { createdInfo, updatedInfo } from '../../../api/info-input.ts';
import { auditable } from '../../../core/audit/audit-change.ts';
import type { CreateEventInput, UpdateEventInput } from '../../../core/changes/inputs.ts';
import { newGate } from '../../../core/engines/gated/seed-gate.ts';
import { infoColumnNames, readInfoColumns, writeInfoColumns } from '../../../core/events/event-columns.ts';
import {
  defaultOf,
  eventFields,
  fieldNames,
  fieldOf,
  pickInfo,
  wireName,
  withInfo,
  type EventInfo,
  type FieldName,
  type WireName,
} from '../../../core/events/event-fields.ts';
import { infoChecks } from '../../../core/events/fields.ts';
import { showInfo, takeInfo } from '../../../core/events/info-wire.ts';
import { addPendingChange, parsePendingChanges, type AskedChange } from '../../../core/events/pending-changes.ts';
import { infoJson, parseInfo } from '../../../core/events/stored-info.ts';
import { gateConfig } from '../../../core/gate/sync-gate.ts';
import { configDifferences } from '../../../core/reconcile/config-drift.ts';
import { rowView } from '../../../core/views/event-view.ts';
import { showAdminEvent, showEvent } from '../../../core/wire/event-wire.ts';
import type { EventModel } from '../../../prisma/generated/models/Event.ts';
import { createInput, draftOf, emptyDraft } from '../../../web/console/forms/draft.ts';
import { en } from '../../../web/console/messages/en.ts';
import { ko } from '../../../web/console/messages/ko.ts';
import { eventWith } from './event-with.ts';
import { plainInfo } from './plain-info.ts';

/** For each field, a value that differs from the value in `plainInfo`. The compiler reports a missing field. */
const other: EventInfo = {
  name: '10,000원 할인',
  description: 'Ten off\nfor everybody',
  amount: 10_000,
  currency: 'USD',
  timeZone: 'Asia/Seoul',
  listed: false,
  imageUrl: 'https://shop.example/autumn.png',
  imageAlt: 'Leaves in the wind',
  terms: 'One for each person.',
  useUrl: 'https://shop.example/use',
  validUntilMs: Date.UTC(2027, 11, 31),
  theme: '{"format":1,"shopName":"하루마켓","accentColor":"#1f5eff"}',
  triesMax: 5,
  triesWindowMs: 10_000,
};

const changed = (name: FieldName): EventInfo => ({ ...plainInfo, [name]: other[name] });
const row = (info: EventInfo) => ({ ...eventWith(), ...info });
const wire = (info: EventInfo) =>
  showAdminEvent({ ...rowView(row(info), { issued: 0, soldOutAtMs: null }), ...onlyAdmins }, 0);
const onlyAdmins = {
  ...{ persisted: 0, outbox: 0, outboxSinceMs: null, firstClaimedAtMs: null, approvalAskedBy: null },
  ...{ seeded: false, gateLost: false, readiness: null },
};

/** Every place that stores or shows an event's fields, as a function of the fields. */
const places: Record<string, (info: EventInfo) => unknown> = {
  'the columns of MySQL': writeInfoColumns,
  'the gate': (info) => newGate(row(info), { runId: 'run', given: null }).info,
  'the gate’s JSON': infoJson,
  'a changed gate': (info) => gateConfig(row(info)).info,
  'a pending change of the gate': (info) => addPendingChange('', { ...asked, version: 2, info, round: {} }),
  'the audit trail': (info) => auditable(row(info)),
  'a reconcile of row and gate': (info) =>
    configDifferences(row(info), newGate(eventWith(), { runId: 'run', given: null })),
  'an update': (info) => withInfo(plainInfo, info),
  'an event as read from its row': (info) => rowView(row(info), { issued: 0, soldOutAtMs: null }),
  'the answer to admins': wire,
  'the form of the console': (info) => draftOf(wire(info)),
  'the request that the console sends': (info) => createInput(draftOf(wire(info))),
};
const asked: AskedChange = {
  ...{ action: 'event.update', actor: 'kim', role: null, keyId: null, door: 'api', reason: null },
  ...{ requestId: 'r', inputHash: '', atMs: 0 },
};

describe('each event field', () => {
  it.each(Object.keys(places).flatMap((place) => fieldNames.map((name) => [place, name] as const)))(
    'reaches %s: %s',
    (place, name) => {
      expect(places[place]?.(changed(name))).not.toEqual(places[place]?.(plainInfo));
    },
  );

  it('comes back unchanged from every place that stores it', () => {
    for (const info of [plainInfo, other]) {
      expect(parseInfo(infoJson(info))).toEqual(info);
      expect(parsePendingChanges(addPendingChange('', { ...asked, version: 2, info, round: {} }))[0]?.info).toEqual(
        info,
      );
      expect(takeInfo({ ...showInfo(info), phase: 'open' })).toEqual({ info, rest: { phase: 'open' } });
      expect(pickInfo(row(info))).toEqual(info);
    }
  });

  it('is read from the column to which it is written', () => {
    const asMySql: Record<string, unknown> = {};
    const written = writeInfoColumns(other);
    for (const name of fieldNames) {
      const value = written[wireName(name)];
      asMySql[fieldOf(name).column] = typeof value === 'boolean' ? Number(value) : value;
      expect(infoColumnNames.sql).toContain(`e.${fieldOf(name).column}`);
    }
    expect(readInfoColumns(asMySql)).toEqual(other);
  });

  it('is shown to everybody unless it is for admins only', () => {
    const shown = showEvent(rowView(row(other), { issued: 0, soldOutAtMs: null }), 0);
    for (const name of fieldNames) {
      expect(wireName(name) in shown).toBe(eventFields[name].seenBy === 'everybody');
    }
  });

  it('has its own check, inputs, flag and label', () => {
    for (const name of fieldNames) {
      expect(infoChecks[name].safeParse(other[name]).success).toBe(true);
      expect(infoChecks[name].safeParse(Symbol()).success).toBe(false);
      expect(createdInfo).toHaveProperty(wireName(name));
      expect(updatedInfo).toHaveProperty(wireName(name));
      const flag = fieldOf(name).kind === 'switch' ? `un${name}` : wireName(name);
      expect(settingArgs).toHaveProperty(flag);
      expect(emptyDraft()).toHaveProperty(wireName(name));
      for (const words of [en, ko]) expect(words.forms.fields[wireName(name)]).not.toBe('');
    }
    expect(switchArgs).toHaveProperty('listed');
  });

  it('is read only from the command-line flag with its name', () => {
    const reading = { timeZone: 'UTC', nowMs: 0 };
    const typed = {
      ...other,
      theme: '{"accentColor":"#1F5EFF","shopName":"하루마켓"}',
      unlisted: true,
      listed: false,
      validUntil: '2027-12-31T00:00:00Z',
    };
    expect(givenInfo(typed, reading)).toEqual(other);
    expect(givenInfo({ stock: 3 }, reading)).toEqual({});
  });

  it('has null as its default if it was added later, because rows and gates of earlier versions lack it', () => {
    const first: FieldName[] = ['name', 'description', 'amount', 'currency', 'timeZone', 'listed'];
    const since = fieldNames.filter((name) => !first.includes(name));
    expect(since.map(defaultOf)).toEqual(since.map(() => null));
  });
});

describe('the generated types and table columns', () => {
  type Kept = 'id' | 'strategy' | 'round' | 'version' | 'createdAt' | 'updatedAt' | 'approvalAmount' | 'approvalStock';

  it('give the events table one column per field, and no other columns except those that this test lists', () => {
    expectTypeOf<Exclude<keyof EventModel, Kept>>().toEqualTypeOf<WireName<FieldName>>();
  });

  it('give every field to inputs and answers, with the type from the list', () => {
    expectTypeOf<UpdateEventInput['terms']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<CreateEventInput['name']>().toEqualTypeOf<string>();
    expectTypeOf<EventInfo['validUntilMs']>().toEqualTypeOf<number | null>();
    expectTypeOf<EventInfo['listed']>().toEqualTypeOf<boolean>();
    expectTypeOf<ReturnType<typeof showEvent>['validUntil']>().toEqualTypeOf<string | null>();
    expectTypeOf<z.input<(typeof createdInfo)['imageUrl']>>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<z.input<(typeof createdInfo)['amount']>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<typeof showEvent>>().not.toHaveProperty('listed');
  });
});
