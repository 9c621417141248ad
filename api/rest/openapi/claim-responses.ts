import { say } from '../../../core/messages/message.ts';
import type { Claim } from '../route.ts';
import { refTo, type JsonSchema } from './json-schema.ts';
import { claimOutputNames } from './outputs.ts';
import { problemContent, retryAfter } from './problems.ts';

const issued = {
  ...{ status: 'issued', serial: 412, code: 'W45C-J29D-N8GV-9WM9', claimedAt: '2026-09-01T01:00:00.731Z', round: 1 },
};
const notOpen = { status: 'not_open', opensAt: '2026-09-01T01:00:00.000Z', serverTime: '2026-09-01T00:59:30.000Z' };

const refusedNow = {
  ...{ not_open: notOpen, paused: { status: 'paused' } },
  not_admitted: { status: 'not_admitted', lineOpensAt: '2026-09-01T00:30:00.000Z' },
};

type Status = keyof typeof claimOutputNames;

const json = (statuses: readonly Status[], examples: Record<string, object>): object => {
  const refs = statuses.map((status) => refTo(claimOutputNames[status]));
  const schema: JsonSchema =
    refs.length === 1 ? (refs[0] ?? {}) : { oneOf: refs, discriminator: discriminator(statuses) };
  const named = Object.entries(examples).map(([name, value]) => [name, { summary: name, value }]);
  return { 'application/json': { schema, examples: Object.fromEntries(named) as object } };
};

const discriminator = (statuses: readonly Status[]): object => ({
  propertyName: 'status',
  mapping: Object.fromEntries(statuses.map((status) => [status, refTo(claimOutputNames[status]).$ref])),
});

/** The answers to a claim. */
export function claimResponses({ only }: Claim): Record<string, object> {
  const mismatch =
    only === null
      ? {}
      : problemContent(409, 'Conflict', {
          strategy_mismatch: say('strategy_mismatch', {
            eventId: 'ev_3kTq8hZ1',
            actual: only === 'db-lock' ? 'redis-stream' : 'db-lock',
            asked: only,
          }),
        });
  return {
    201: { description: 'The coupon is yours.', content: json(['issued'], { issued: { ...issued, replayed: false } }) },
    200: {
      description: 'You already had this coupon. The serial, code and time are the same as before.',
      content: json(['issued'], { replayed: { ...issued, replayed: true } }),
    },
    409: {
      description:
        'The event is not open yet (`Retry-After` says how long to wait), the event is paused, or the event has a waiting line and you have no pass.' +
        (only === null ? '' : " If the path is for a different strategy than the event's, the answer is a problem."),
      headers: retryAfter,
      content: { ...json(['not_open', 'paused', 'not_admitted'], refusedNow), ...mismatch },
    },
    410: {
      description: 'All coupons are gone, or the event is closed.',
      content: json(['sold_out', 'closed'], { sold_out: { status: 'sold_out' }, closed: { status: 'closed' } }),
    },
  };
}
