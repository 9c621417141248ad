import {
  eachWireField,
  fieldNames,
  fieldOf,
  isNullable,
  isOfKind,
  type FieldName,
  type FieldOfKind,
  type KindOf,
  type NullableField,
  type WireName,
} from '../../core/events/event-fields.ts';
import { defaultStrategy, realStrategyNames } from '../../core/events/event.ts';

const group = 'The event:';

type Switch = FieldOfKind<'switch'>;
/**
 * A flag for each field of an event, such as `--image-url`. If a switch is on by default, its flag turns it off
 * (`--unlisted`).
 */
type FieldArgs = {
  [Name in Exclude<FieldName, Switch> as WireName<Name>]: {
    type: KindOf<Name> extends 'whole' ? (Name extends NullableField ? 'string' : 'integer') : 'string';
    value: string;
    summary: string;
    group: string;
  };
} & { [Name in Switch as `un${Name}`]: SwitchArg };
type SwitchArg = { type: 'boolean'; summary: string; group: string };
type SwitchArgs = { [Name in Switch]: SwitchArg };

const switches = fieldNames.filter((name): name is Switch => isOfKind(name, 'switch'));
const { name, amount, currency, ...others } = {
  ...eachWireField<FieldArgs>(
    (field) => argOf(field),
    fieldNames.filter((field) => !isOfKind(field, 'switch')),
  ),
  ...Object.fromEntries(switches.map((field) => [`un${field}`, argOf(field, 'off')])),
};

/** Flags that turn an existing event's switches back on, such as `--listed`. */
export const switchArgs = eachWireField<SwitchArgs>((field) => argOf(field, 'on'), switches);

function argOf(fieldName: FieldName, turned: 'on' | 'off' = 'on') {
  const field = fieldOf(fieldName);
  if (field.kind === 'switch') {
    const { summary, summaryOff } = field.flag;
    return { type: 'boolean', summary: turned === 'on' ? summary : summaryOff, group };
  }
  // A field that may be absent also takes `none`.
  return { type: field.kind === 'whole' && !isNullable(fieldName) ? 'integer' : 'string', ...field.flag, group };
}

export const settingArgs = {
  ...{ name, amount },
  stock: { type: 'integer', value: 'number', summary: 'How many coupons there are', group },
  opensAt: {
    type: 'string',
    value: 'time',
    summary: 'When claims begin: 2027-10-01T10:00:00+09:00, now, +10m (s, m, h, d), or local time with --time-zone',
    group,
  },
  closesAt: { type: 'string', value: 'time', summary: 'When claims end, in the same forms; `none` for never', group },
  currency,
  strategy: {
    type: 'string',
    value: 'name',
    summary: `How claims are decided (default for a new event: ${defaultStrategy})`,
    // Leaves out `unsafe`, which oversells on purpose and is only for benchmarks and tests.
    choices: realStrategyNames,
    group,
  },
  ...others,
} as const;
