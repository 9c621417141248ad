import { defaultStrategy, realStrategyNames } from '../../core/events/event.ts';

const group = 'The event:';

/** What an event can be made of or changed to. */
export const settingArgs = {
  name: { type: 'string', value: 'text', summary: 'What people call it', group },
  amount: { type: 'integer', value: 'number', summary: "What a coupon is worth, in the currency's minor unit", group },
  stock: { type: 'integer', value: 'number', summary: 'How many coupons there are', group },
  opensAt: {
    type: 'string',
    value: 'time',
    summary: 'When claims begin: 2027-10-01T10:00:00+09:00, now, +10m (s, m, h, d), or local time with --time-zone',
    group,
  },
  closesAt: { type: 'string', value: 'time', summary: 'When claims end, in the same forms; `none` for never', group },
  currency: { type: 'string', value: 'code', summary: 'ISO 4217 code (default for a new event: KRW)', group },
  strategy: {
    type: 'string',
    value: 'name',
    summary: `How claims are decided; a new event has ${defaultStrategy} by default`,
    // `unsafe` oversells on purpose; benches and tests have it, operators have no use for it.
    choices: realStrategyNames,
    group,
  },
  timeZone: {
    type: 'string',
    value: 'zone',
    summary: 'Zone of times without an offset, and in which times are shown: Asia/Seoul',
    group,
  },
  description: { type: 'string', value: 'text', summary: 'What people read about it', group },
  unlisted: { type: 'boolean', summary: 'Leave it out of the public list', group },
} as const;
