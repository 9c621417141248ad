import { say } from '../../core/messages/message.ts';
import { originalPath, originalPathNames, originalPaths, type OriginalPath } from './claim-paths.ts';
import type { Route } from './route.ts';

const operationOfOriginal: Record<OriginalPath, { operationId: string; how: string }> = {
  pessimistic: { operationId: 'issueByRowLock', how: 'a row lock in MySQL (phase 1)' },
  'named-lock': {
    operationId: 'issueByNamedLock',
    how: 'a named lock in MySQL (an idea that phase 1 left as future work)',
  },
  distributed: {
    operationId: 'issueByRedisLock',
    how: 'a lock in Redis, which notifies waiting calls when the lock is free (phase 2)',
  },
  'spin-lock': {
    operationId: 'issueBySpinLock',
    how: 'a lock in Redis that waiting calls poll (an idea that phase 2 left as future work)',
  },
  ratelimit: { operationId: 'issueByCounter', how: 'an atomic counter in Redis (phase 3)' },
  optimized: { operationId: 'issueByCounterAndSet', how: 'a counter and a set in Redis (phase 4)' },
  stream: {
    operationId: 'issueByStream',
    how: 'one script in Redis that decides a batch of claims and writes an outbox for MySQL',
  },
};

const originalClaims = originalPathNames.map((name): Route => {
  const { operationId, how } = operationOfOriginal[name];
  const strategy = originalPaths[name];
  return {
    method: 'POST',
    path: originalPath(name),
    operationId,
    access: 'user',
    summary: `Claim a coupon from an event with the strategy ${strategy}`,
    description:
      `A path of the original project, for events with the strategy \`${strategy}\`: ${how}. ` +
      'The answers are the same as those of `POST /api/v1/events/{eventId}/claims`. If the event has a different strategy, the API refuses the claim with the ' +
      'reason `strategy_mismatch` and decides nothing.',
    target: { kind: 'claim', only: strategy },
  };
});

/** The public routes; those that concern a user require that user's token. */
export const publicRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/v1/events/{eventId}/claims',
    operationId: 'claimCoupon',
    access: 'user',
    summary: 'Claim one coupon from an event',
    description:
      "Gives the token's user one coupon, however often the call is sent. The first answer is 201; a repeated call returns " +
      '200 with the same serial, code and time. After 429, 503 or a lost reply, the claim may exist: send the same call ' +
      'again. Losing is an answer, not an error: 409 before the opening or while the event is paused, 410 once the event is ' +
      'sold out or closed. The call needs no body.',
    target: { kind: 'claim', only: null },
  },
  ...originalClaims,
  {
    method: 'GET',
    path: '/api/v1/events',
    operationId: 'listEvents',
    access: 'public',
    summary: 'List events',
    description:
      'Returns at most 100 events that are listed and not closed, in order of opening time. Counts may lag by a second.',
    target: { kind: 'procedure', name: 'event.list', listAs: 'events' },
  },
  {
    method: 'GET',
    path: '/api/v1/events/{eventId}',
    operationId: 'getEvent',
    access: 'public',
    summary: 'Read one event',
    description:
      'Returns one event, listed or not. Counts may lag by a second, and a cache may keep the answer for another second.',
    target: { kind: 'procedure', name: 'event.get' },
  },
  {
    method: 'GET',
    path: '/api/v1/events/{eventId}/claims/mine',
    operationId: 'getMyClaim',
    access: 'user',
    summary: 'Read your claim for an event',
    description:
      "Returns your claim in the event's current round. 404 with the reason `no_claim` means that you have none. " +
      "If the system can't determine whether you have one, the answer is 503.",
    target: {
      kind: 'procedure',
      name: 'claim.mine',
      nullIs: { reason: 'no_claim', said: say('no_claim') },
    },
  },
  {
    method: 'POST',
    path: '/api/v1/events/{eventId}/line',
    operationId: 'joinLine',
    access: 'user',
    summary: "Join an event's waiting line",
    description:
      'Puts you at the end of the line. If you are in it already, you keep your place, however often the call is sent. ' +
      'Whether you got a place is in `status`. The call needs no body.',
    target: { kind: 'procedure', name: 'line.join' },
  },
  {
    method: 'GET',
    path: '/api/v1/events/{eventId}/line',
    operationId: 'getMyPlace',
    access: 'user',
    summary: "Read your place in an event's waiting line",
    description: 'Returns your place, or your pass once you have been called. Ask again after `pollAfterMs`.',
    target: { kind: 'procedure', name: 'line.status' },
  },
  {
    method: 'DELETE',
    path: '/api/v1/events/{eventId}/line',
    operationId: 'leaveLine',
    access: 'user',
    summary: "Leave an event's waiting line",
    description: 'Gives up your place or your pass. If you join again, you are at the end.',
    target: { kind: 'procedure', name: 'line.leave' },
  },
  {
    method: 'GET',
    path: '/api/v1/events/{eventId}/line/serving',
    operationId: 'getLine',
    access: 'public',
    summary: "Read an event's waiting line",
    description:
      'Returns which place is being served, and whether the line moves. The answer is the same for everybody, and a cache ' +
      'may keep it for a second: a page that waits reads this every second.',
    target: { kind: 'procedure', name: 'line.serving' },
  },
  {
    method: 'GET',
    path: '/api/v1/events/{eventId}/line/entries',
    operationId: 'listLineEntries',
    access: 'public',
    summary: 'Read the order of a shuffled line',
    description:
      'Returns everybody who joined before the opening, in the order of the shuffle, and the seed: the entries are in ' +
      'ascending order of the first 48 bits of HMAC-SHA256(seed, entry), and SHA-256(seed) is the `seedHash` that was ' +
      'published before. Empty until the line is sealed. For the next part, pass `nextAfter` as `after`, until it is null.',
    target: { kind: 'procedure', name: 'line.entries' },
  },
  {
    method: 'GET',
    path: '/api/v1/claims/mine',
    operationId: 'listMyClaims',
    access: 'user',
    summary: 'List your claims',
    description: 'Returns at most 100 of your claims from all events, newest first.',
    target: { kind: 'procedure', name: 'claim.list', listAs: 'claims' },
  },
  {
    method: 'GET',
    path: '/api/v1/clock',
    operationId: 'getClock',
    access: 'public',
    summary: 'Read the clock that opens events',
    description: 'Returns the time of the clock that opens events, for countdowns. The answer is never cached.',
    target: { kind: 'procedure', name: 'clock.get' },
  },
];
